import dlib
import numpy as np
import pytest
import torch

from speech2face.data.faces.alignment import dlib_chip
from speech2face.data.faces.dlib_encoder import DlibFaceEncoder
from speech2face.data.faces.dlib_weights import RECOGNITION_FILE, package_model


@pytest.fixture(scope="module")
def chips(portrait: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(0)
    face = dlib_chip(portrait, landmarks)
    darker = (face * 0.4).astype(np.uint8)
    return np.stack([face, face[:, ::-1], darker, rng.integers(0, 256, face.shape, dtype=np.uint8)])


def as_batch(chips: np.ndarray) -> torch.Tensor:
    return torch.tensor(np.ascontiguousarray(chips)).permute(0, 3, 1, 2).float() / 255


def test_embeddings_equal_dlibs(encoder: DlibFaceEncoder, chips: np.ndarray) -> None:
    model = dlib.face_recognition_model_v1(str(package_model(RECOGNITION_FILE)))
    expected = np.array([model.compute_face_descriptor(np.ascontiguousarray(chip)) for chip in chips])
    np.testing.assert_allclose(encoder.embed(as_batch(chips)).numpy(), expected, atol=1e-5)


def test_a_batch_equals_its_chips_one_by_one(encoder: DlibFaceEncoder, chips: np.ndarray) -> None:
    batch = as_batch(chips)
    singly = torch.cat([encoder.embed(chip[None]) for chip in batch])
    torch.testing.assert_close(encoder.embed(batch), singly, atol=1e-5, rtol=0)
    assert encoder.embed(batch[:0]).shape == (0, 128)


def test_gradients_reach_the_chips_and_not_the_weights(encoder: DlibFaceEncoder, chips: np.ndarray) -> None:
    batch = as_batch(chips[:2])
    target = encoder.embed(batch[1:])
    moved = batch[:1].clone().requires_grad_()
    (encoder.embed(moved) - target).norm().backward()
    assert moved.grad is not None
    with torch.no_grad():
        step = moved - 0.2 * moved.grad / moved.grad.norm()
    assert (encoder.embed(step) - target).norm() < (encoder.embed(batch[:1]) - target).norm()
    assert all(parameter.grad is None for parameter in encoder.parameters())


def test_another_size_is_refused(encoder: DlibFaceEncoder) -> None:
    with pytest.raises(ValueError, match="150"):
        encoder.embed(torch.zeros(1, 3, 160, 160))
