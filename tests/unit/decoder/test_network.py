"""The face decoder: shapes, range, saving, and the window of its loss."""

import pytest
import torch

from speech2face.decoder.network import FaceDecoder
from speech2face.decoder.train import _face_window, decode, load_face_decoder
from speech2face.models import save_model

ARGUMENTS = {"dimension": 16, "size": 64, "width": 32}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return FaceDecoder(**ARGUMENTS).eval()


@pytest.mark.parametrize("size", [32, 64, 128])
def test_pictures_have_the_size_asked_for_and_lie_in_range(size):
    pictures = FaceDecoder(dimension=16, size=size, width=16)(torch.randn(2, 16) * 10)
    assert pictures.shape == (2, 3, size, size)
    assert 0 <= pictures.min() < pictures.max() <= 1


def test_a_size_that_is_no_power_of_two_is_refused():
    with pytest.raises(ValueError, match=r"decoder\.size is 96; it must be 8 times a power of two"):
        FaceDecoder(dimension=16, size=96, width=16)


def test_batches_do_not_change_pictures(model):
    embedding = torch.randn(5, 16)
    torch.testing.assert_close(decode(model, embedding, 2), decode(model, embedding, 5), atol=1e-5, rtol=0)


def test_saved_and_loaded_it_is_the_same(model, tmp_path):
    files = tmp_path / "m.safetensors", tmp_path / "c.json"
    save_model(model, *files, {"arguments": ARGUMENTS})
    embedding = torch.randn(2, 16)
    assert torch.equal(decode(load_face_decoder(*files), embedding), decode(model, embedding))


def test_window_favours_the_face():
    window = _face_window(64)
    assert window[34, 32] > 5 * window[0, 0] > 0
    assert window.mean().item() == pytest.approx(1)
    torch.testing.assert_close(window, window.flip(1))
