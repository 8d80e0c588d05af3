"""The cut-out: it keeps the face, drops the background, and says so where there is no outline to be found."""

import numpy as np
import pytest

from speech2face.data.portraits.cutout import cut_out


@pytest.fixture(scope="module")
def on_green(sitter):
    """The crop with all that lies outside of an oval head in another colour, and the oval."""
    side = len(sitter.crop)
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    head = np.hypot((x - 0.5) / 0.33, (y - 0.46) / 0.47) < 1
    noise = np.random.default_rng(0).integers(0, 40, sitter.crop.shape)
    return np.where(head[..., None], sitter.crop, noise + np.array([20, 150, 30])).astype(np.uint8), head


def test_a_head_before_another_colour_is_found(sitter, on_green):
    crop, head = on_green
    mask = cut_out(crop, sitter.placed)
    above_chin = slice(0, int(224 * sitter.placed[8, 1]))
    found, true = mask[above_chin] > 127, head[above_chin]
    assert (found & true).sum() / (found | true).sum() > 0.9
    # The outline is soft, all else is in or out.
    assert 0.01 < ((mask > 0) & (mask < 255)).mean() < 0.15


@pytest.mark.parametrize("seed", range(4))
def test_a_motley_background_with_colours_of_the_face_is_no_part_of_a_head(sitter, on_green, seed):
    _, head = on_green
    rng = np.random.default_rng(seed)
    of_face = sitter.crop[60:160, 70:150].reshape(-1, 3)
    fields = np.where(rng.random((4, 4, 1)) < 0.5, rng.choice(of_face, (4, 4)), rng.integers(0, 255, (4, 4, 3)))
    wall = fields.repeat(56, axis=0).repeat(56, axis=1) + rng.integers(0, 10, sitter.crop.shape)
    mask = cut_out(np.where(head[..., None], sitter.crop, wall).clip(0, 255).astype(np.uint8), sitter.placed)
    assert mask is not None
    assert (mask[:180][~head[:180]] > 127).mean() < 0.1


def test_the_same_face_has_the_same_mask(sitter):
    assert np.array_equal(cut_out(sitter.crop, sitter.placed), cut_out(sitter.crop, sitter.placed))


def test_a_real_face_keeps_its_features(sitter):
    mask = cut_out(sitter.crop, sitter.placed)
    columns, rows = (sitter.placed[17:] * 224).astype(int).T
    assert mask[rows, columns].min() == 255


def test_no_outline_is_better_than_an_absurd_one(sitter):
    flat = np.full_like(sitter.crop, 127)
    assert cut_out(flat, sitter.placed) is None


@pytest.mark.parametrize("landmarks", [np.zeros((68, 2)), np.full((68, 2), 0.5), np.full((68, 2), 9.0)])
def test_landmarks_of_no_face_have_no_outline(sitter, landmarks):
    assert cut_out(sitter.crop, landmarks) is None
