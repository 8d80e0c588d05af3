import pytest
import torch

from speech2face.faces.encoders import load_face_encoder


def test_dlib_is_loaded_by_name() -> None:
    encoder = load_face_encoder("dlib")
    assert (encoder.name, encoder.dimension, encoder.input_size) == ("dlib", 128, 150)
    chips = torch.full((2, 3, encoder.input_size, encoder.input_size), 0.5)
    assert encoder.embed(chips).shape == (2, encoder.dimension)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no face encoder 'arcface': choose one of dlib"):
        load_face_encoder("arcface")
