import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.data.faces.alignment import CROP_SIZE, crop_window
from speech2face.data.faces.quality import (
    eye_opening,
    frontality,
    lip_opening,
    mouth_opening,
    resolution,
    sharpness,
)


def turned(landmarks: np.ndarray, yaw: float, pitch: float = 0.0) -> np.ndarray:
    """The landmarks as points on a cylinder-like head, turned by degrees and seen from afar."""
    centre = landmarks[27:].mean(axis=0)
    width = np.ptp(landmarks[:17, 0]) / 2
    flat = (landmarks - centre) / width
    depth = np.sqrt(np.clip(1.2 - flat[:, 0] ** 2, 0, None))
    # The nose stands out of the face.
    depth[[29, 30]] += [0.15, 0.25]
    solid = np.column_stack([flat, depth])
    a, b = np.radians([yaw, pitch])
    around = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    nod = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return (solid @ (nod @ around).T)[:, :2] * width + centre


def test_turning_away_lowers_frontality(landmarks: np.ndarray) -> None:
    assert frontality(landmarks) > 0.7
    for direction in (-1, 1):
        scores = [frontality(turned(landmarks, direction * yaw)) for yaw in (10, 25, 40, 60, 85)]
        assert scores == sorted(scores, reverse=True) and scores[-1] < 0.15
        assert frontality(turned(landmarks, 0, direction * 35)) < frontality(landmarks) - 0.1


@given(st.floats(-180, 180), st.floats(0.1, 10), st.floats(-500, 500))
def test_frontality_and_mouth_ignore_roll_size_and_place(roll: float, scale: float, shift: float) -> None:
    rng = np.random.default_rng(0)
    face = rng.normal(size=(68, 2))
    # Enough structure to be a face: eyes, nose tip and base.
    face[36:42] += [-10, -10]
    face[42:48] += [10, -10]
    face[30], face[33] = (1, 2), (0, 6)
    angle = np.radians(roll)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = face @ turn.T + shift
    assert 0.3 < frontality(face) < 1
    assert frontality(moved) == pytest.approx(frontality(face), rel=1e-6)
    assert mouth_opening(moved) == pytest.approx(mouth_opening(face), rel=1e-6)


def test_degenerate_landmarks_score_nothing() -> None:
    assert frontality(np.zeros((68, 2))) == 0.0
    assert mouth_opening(np.zeros((68, 2))) == 0.0


def test_an_open_mouth_is_seen(landmarks: np.ndarray) -> None:
    opened = landmarks.copy()
    opened[65:68] += [0, 30]
    assert 0.0 <= mouth_opening(landmarks) < 0.15
    assert mouth_opening(opened) > mouth_opening(landmarks) + 0.3


def test_blur_lowers_sharpness(portrait: np.ndarray) -> None:
    blurred = (portrait[:-1, :-1] // 2 + portrait[1:, 1:] // 2).astype(np.uint8)
    assert sharpness(blurred) < 0.6 * sharpness(portrait)
    assert sharpness(np.full((9, 9, 3), 7, np.uint8)) == pytest.approx(0.0, abs=1e-6)
    spot = np.zeros((3, 3, 3), np.uint8)
    with pytest.raises(ValueError, match="3 x 3"):
        sharpness(spot[:2])


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    grey = np.array([[0, 0, 0, 0], [0, 9, 0, 0], [0, 0, 0, 0]], np.uint8)
    # Laplacian at the two inner pixels: -36 and 9.
    assert sharpness(np.repeat(grey[..., None], 3, axis=2)) == pytest.approx(np.var([-36.0, 9.0]), rel=1e-5)


def test_shut_eyes_are_found_at_any_size(landmarks: np.ndarray) -> None:
    shut = landmarks.copy()
    for first in (36, 42):
        shut[first : first + 6, 1] = landmarks[first : first + 6, 1].mean()
    assert eye_opening(shut) < 0.4 * eye_opening(landmarks)
    assert eye_opening(landmarks * 3) == pytest.approx(eye_opening(landmarks))


def test_coinciding_eye_corners_are_an_error() -> None:
    with pytest.raises(ValueError, match="corners of an eye coincide"):
        eye_opening(np.zeros((68, 2)))


def test_lips_open_with_the_mouth_and_not_with_size_or_roll(landmarks: np.ndarray) -> None:
    opened = landmarks.copy()
    opened[[*range(55, 60), 65, 66, 67]] += [0, 20]
    assert lip_opening(opened) > 1.3 * lip_opening(landmarks) > 0
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    assert lip_opening(3 * landmarks @ turn + 7) == pytest.approx(lip_opening(landmarks))
    assert lip_opening(np.zeros((68, 2))) == 0.0


@given(st.floats(0.05, 4.0), st.floats(0.05, 4.0), st.floats(-180, 180))
def test_resolution_grows_with_the_face_until_the_crop_is_full(
    landmarks: np.ndarray, one: float, other: float, roll: float
) -> None:
    small, large = sorted((one, other))
    assert 0 < resolution(small * landmarks) <= resolution(large * landmarks) <= 1
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    assert resolution(one * landmarks @ turn) == pytest.approx(resolution(one * landmarks))


def test_a_face_fills_the_crop_that_shows_each_of_its_pixels_once(landmarks: np.ndarray) -> None:
    window = crop_window(landmarks, CROP_SIZE)
    scale = np.hypot(window[0, 0], window[1, 0])
    assert resolution(landmarks / scale) == pytest.approx(1.0)
    assert resolution(landmarks / scale / 2) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="coincide"):
        resolution(np.zeros((68, 2)))
