import dlib
import numpy as np
import pytest
import torch

from speech2face.faces.alignment import (
    CROP_EYES,
    CROP_SIZE,
    chip_from_crop,
    crop_window,
    dlib_chip,
    face_crop,
)
from speech2face.faces.detection import FaceDetector
from speech2face.faces.dlib_encoder import DlibFaceEncoder
from speech2face.faces.landmarks import LandmarkFinder, eyes
from speech2face.faces.similarity import apply_transform, sample_picture


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


def test_unusable_input_is_refused(portrait: np.ndarray) -> None:
    with pytest.raises(ValueError, match="coincide"):
        face_crop(portrait, np.zeros((68, 2)))
    with pytest.raises(ValueError, match="face_crop"):
        chip_from_crop(torch.zeros(1, 3, 224, 200))
