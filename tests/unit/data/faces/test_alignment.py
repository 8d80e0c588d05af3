import dlib
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from speech2face.data.faces.alignment import (
    CROP_EYES,
    CROP_SIZE,
    chip_from_crop,
    crop_landmarks,
    crop_window,
    dlib_chip,
    face_crop,
    window_of_crops,
    window_of_picture,
)
from speech2face.data.faces.detection import FaceDetector
from speech2face.data.faces.dlib_encoder import DlibFaceEncoder
from speech2face.data.faces.landmarks import LEFT_EYE, RIGHT_EYE, LandmarkFinder, eyes
from speech2face.data.faces.similarity import apply_transform, sample_picture
from tests.unit.learning.decoder.made_faces import face


def as_batch(*pictures: np.ndarray) -> torch.Tensor:
    return torch.tensor(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


def posed(portrait: np.ndarray, landmarks: np.ndarray, degrees: float, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The portrait turned and scaled, with the landmarks that move along (whole pixels, as dlib's are)."""
    angle = np.radians(degrees)
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / scale
    centre = landmarks.mean(axis=0)
    transform = np.column_stack([linear, centre - linear @ np.array([200, 200])])
    return sample_picture(portrait, transform, 400), np.round(apply_transform(_inverse(transform), landmarks))


def _inverse(transform: np.ndarray) -> np.ndarray:
    linear = np.linalg.inv(transform[:, :2])
    return np.column_stack([linear, -linear @ transform[:, 2]])


@pytest.mark.parametrize(("degrees", "scale"), [(0, 1.0), (25, 1.0), (-40, 0.8), (7, 0.5), (180, 1.2)])
def test_chips_are_dlibs(
    portrait: np.ndarray, landmarks: np.ndarray, encoder: DlibFaceEncoder, degrees: float, scale: float
) -> None:
    image, points = posed(portrait, landmarks, degrees, scale)
    parts = [dlib.point(int(x), int(y)) for x, y in points]
    shape = dlib.full_object_detection(dlib.rectangle(0, 0, 9, 9), parts)
    expected = dlib.get_face_chip(image, shape, size=150, padding=0.25)
    chip = dlib_chip(image, points)
    ours, theirs = encoder.embed(as_batch(chip, expected))
    assert (ours - theirs).norm() < 0.02
    assert torch.cosine_similarity(ours, theirs, dim=0) > 0.9995


def test_crops_have_level_eyes_in_place(portrait: np.ndarray, landmarks: np.ndarray) -> None:
    for size in (CROP_SIZE, 96):
        for degrees in (0, 30, -75):
            image, points = posed(portrait, landmarks, degrees, 1.0)
            crop = face_crop(image, points, size)
            assert crop.shape == (size, size, 3) and crop.dtype == np.uint8
            found = eyes(apply_transform(_inverse(crop_window(points, size)), points))
            places = (np.stack([found.on_left, found.on_right]) + 0.5) / size
            np.testing.assert_allclose(places, CROP_EYES, atol=0.025)


def test_landmarks_are_found_in_the_crop(
    portrait: np.ndarray, landmarks: np.ndarray, detector: FaceDetector, finder: LandmarkFinder
) -> None:
    crop = face_crop(portrait, landmarks)
    (face,) = detector.detect(crop[None])[0]
    found = eyes(finder.landmarks(crop, face.points))
    places = (np.stack([found.on_left, found.on_right]) + 0.5) / CROP_SIZE
    np.testing.assert_allclose(places, CROP_EYES, atol=0.03)


def test_the_chip_of_a_crop_is_a_fixed_window(
    portrait: np.ndarray, landmarks: np.ndarray, encoder: DlibFaceEncoder
) -> None:
    direct = encoder.embed(as_batch(dlib_chip(portrait, landmarks)))
    for size in (224, 320, 448):
        crops = as_batch(face_crop(portrait, landmarks, size))
        assert (encoder.embed(chip_from_crop(crops)) - direct).norm() < 0.055


def test_gradients_reach_the_face_and_stop_at_the_edge(encoder: DlibFaceEncoder) -> None:
    crops = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(0)).requires_grad_()
    encoder.embed(chip_from_crop(crops)).sum().backward()
    assert crops.grad is not None
    strength = crops.grad.abs().sum(dim=(0, 1))
    assert strength[90:190, 60:160].gt(0).all()
    assert strength[:20].eq(0).all() and strength[:, :20].eq(0).all() and strength[:, -20:].eq(0).all()


@given(
    st.tuples(*[st.floats(0.0, 0.45)] * 2, *[st.floats(0.55, 1.0)] * 2),
    st.integers(20, 240),
    st.sampled_from([96, 224]),
)
def test_a_window_shows_its_part_of_the_crop(window: tuple[float, ...], size: int, side: int) -> None:
    places = (torch.arange(side) + 0.5) / side
    across, down = places.expand(side, side), places[:, None].expand(side, side)
    (seen,) = window_of_crops(torch.stack([across, down, across])[None], window, size)
    expected = (torch.arange(size) + 0.5) / size
    # Where the outermost pixels of the crop repeat, half a pixel of it may lack; blocks that were averaged, one more.
    tolerance = 2.0 / side
    for channel, (start, end) in ((seen[0], window[0::2]), (seen[1].T, window[1::2])):
        wanted = (start + expected * (end - start)).float()
        torch.testing.assert_close(channel, wanted.expand(size, size), atol=tolerance, rtol=0)
        inner = (wanted > 0.1) & (wanted < 0.9)
        torch.testing.assert_close(channel[:, inner], wanted[inner].expand(size, -1), atol=0.3 / side, rtol=0)


def test_the_whole_window_is_the_crop(portrait: np.ndarray, landmarks: np.ndarray) -> None:
    whole = (0.0, 0.0, 1.0, 1.0)
    crop = face_crop(portrait, landmarks)
    np.testing.assert_array_equal(window_of_picture(portrait, landmarks, whole, 224), crop)
    torch.testing.assert_close(window_of_crops(as_batch(crop), whole, 224), as_batch(crop), atol=1e-4, rtol=0)


def test_a_window_follows_a_turned_face(portrait: np.ndarray, landmarks: np.ndarray) -> None:
    window = (0.2, 0.1, 0.8, 0.9)
    straight = window_of_picture(portrait, landmarks, window, 100).astype(float)
    for degrees, scale in ((30, 1.0), (-75, 0.8)):
        turned = window_of_picture(*posed(portrait, landmarks, degrees, scale), window, 100)
        assert np.abs(straight - turned).mean() < 6


def test_unusable_input_is_refused(portrait: np.ndarray) -> None:
    with pytest.raises(ValueError, match="coincide"):
        face_crop(portrait, np.zeros((68, 2)))
    with pytest.raises(ValueError, match="face_crop"):
        chip_from_crop(torch.zeros(1, 3, 224, 200))
    with pytest.raises(ValueError, match="face_crop"):
        window_of_crops(torch.zeros(1, 3, 224, 200), (0.0, 0.0, 1.0, 1.0), 160)


def test_crop_landmarks_lie_where_the_crop_shows_them() -> None:
    size, turn = 224, np.radians(20)
    linear = 150 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    landmarks = face().double().numpy() @ linear.T + (120, 40)
    placed = crop_landmarks(landmarks)
    eyes = np.stack([placed[RIGHT_EYE].mean(axis=0), placed[LEFT_EYE].mean(axis=0)])
    np.testing.assert_allclose(eyes, CROP_EYES, atol=0.03)
    # A picture whose colours are its coordinates tells where each pixel of the crop comes from.
    y, x = np.mgrid[:256, :256]
    crop = face_crop(np.stack([x, y, x], axis=-1).astype(np.uint8), landmarks, size)
    for point, expected in zip(placed[17:68], landmarks[17:68], strict=True):
        column, row = np.floor(point * size).astype(int)
        np.testing.assert_allclose(crop[row, column, :2], expected, atol=1.1)
