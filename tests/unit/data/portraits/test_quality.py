"""Quality: a good portrait loses by each fault that the measure is for, and never leaves 0 to 1."""

import cv2
import numpy as np

from speech2face.data.portraits.quality import portrait_quality, symmetry


def test_blur_turn_and_a_hand_before_the_face_lower_the_quality(sitter):
    good = portrait_quality(sitter.crop, sitter.placed)
    assert 0.2 < good <= 1
    blurred = cv2.GaussianBlur(sitter.crop, (0, 0), 5)
    assert portrait_quality(blurred, sitter.placed) < 0.6 * good
    turned = sitter.placed.copy()
    turned[27:36, 0] += 0.06
    assert portrait_quality(sitter.crop, turned) < 0.6 * good
    hidden = sitter.crop.copy()
    hidden[100:170, 60:105] = (200, 160, 140)
    assert portrait_quality(hidden, sitter.placed) < 0.95 * good


def test_symmetry_of_a_mirrored_half_is_whole(sitter):
    placed = sitter.placed.copy()
    placed[[27, 33, 8], 0] = 0.5
    left = sitter.crop[:, :112]
    assert symmetry(np.hstack([left, left[:, ::-1]]), placed) > 0.99
    assert -1 <= symmetry(sitter.crop, placed) < 0.99


def test_a_picture_of_nothing_has_no_quality(sitter):
    assert portrait_quality(np.full_like(sitter.crop, 127), sitter.placed) == 0
    assert symmetry(sitter.crop, np.full((68, 2), 9.0)) == 0
