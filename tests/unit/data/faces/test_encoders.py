"""What holds for every face encoder: the interface, batches, gradients, and how it cuts a face."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from speech2face.config import ConfigError, Faces, merge, parse
from speech2face.data.faces.alignment import chip_from_crop, dlib_chip, face_crop
from speech2face.data.faces.encoders import FaceEncoder, load_face_encoder
from speech2face.data.faces.find import FaceFinder
from tests.unit.data.faces.made_weights import FACES, fetch, given

NAMES = ("dlib", "facenet", "vggface")


@dataclass(frozen=True)
class Loaded:
    encoder: FaceEncoder


@pytest.fixture(params=NAMES)
def loaded(request) -> Loaded:
    if request.param == "dlib":
        return Loaded(load_face_encoder(FACES))
    return Loaded(request.getfixturevalue(request.param).encoder)


def as_batch(*pictures: np.ndarray) -> torch.Tensor:
    return torch.tensor(np.stack(pictures)).permute(0, 3, 1, 2) / 255


def test_every_encoder_has_the_interface(loaded):
    encoder = loaded.encoder
    assert isinstance(encoder, FaceEncoder)
    assert encoder.name in NAMES
    assert not encoder.training
    assert not [name for name, parameter in encoder.named_parameters() if parameter.requires_grad]
    assert (encoder.classifier is None) == (encoder.name == "dlib")
    assert encoder.embed(torch.zeros(0, 3, encoder.input_size, encoder.input_size)).shape == (0, encoder.dimension)


def test_a_batch_equals_its_faces_one_by_one(loaded, portrait, landmarks):
    encoder = loaded.encoder
    face = encoder.cut_picture(portrait, landmarks)
    chance = np.random.default_rng(0)
    chips = [face, face[:, ::-1], (face * 0.4).astype(np.uint8), *chance.integers(0, 256, (4, *face.shape), np.uint8)]
    batch = as_batch(*chips)
    with torch.inference_mode():
        together, singly = encoder.embed(batch), torch.cat([encoder.embed(chip[None]) for chip in batch])
    assert together.shape == (7, encoder.dimension)
    assert (together - singly).abs().max() < 1e-4
    assert (together[0] - together[3]).norm() > 0.01 * together[0].norm()


def test_a_face_cut_from_its_crop_is_the_face_cut_from_the_picture(loaded, portrait, landmarks):
    encoder = loaded.encoder
    direct = encoder.cut_picture(portrait, landmarks)
    assert direct.shape == (encoder.input_size, encoder.input_size, 3) and direct.dtype == np.uint8
    for size in (224, 448):
        (again,) = encoder.cut_crops(as_batch(face_crop(portrait, landmarks, size))) * 255
        difference = (again.permute(1, 2, 0) - torch.tensor(direct)).abs()
        assert difference.mean() < 4


def test_dlib_cuts_its_own_chips(encoder, portrait, landmarks):
    np.testing.assert_array_equal(encoder.cut_picture(portrait, landmarks), dlib_chip(portrait, landmarks))
    crops = as_batch(face_crop(portrait, landmarks))
    assert torch.equal(encoder.cut_crops(crops), chip_from_crop(crops))


def test_gradients_reach_the_crop_and_not_the_weights(loaded, portrait, landmarks):
    encoder = loaded.encoder
    crops = as_batch(face_crop(portrait, landmarks, 112)).requires_grad_()
    embedding = encoder.embed(encoder.cut_crops(crops))
    (embedding * torch.linspace(-1, 1, encoder.dimension)).sum().backward()
    assert crops.grad is not None and crops.grad[:, :, 50:90, 40:70].ne(0).any(dim=1).all()
    assert all(parameter.grad is None for parameter in encoder.parameters())


def test_chips_of_another_size_are_refused(loaded):
    size = loaded.encoder.input_size
    for shape in ((1, 3, size, size + 1), (3, size, size), (1, 1, size, size)):
        with pytest.raises(ValueError, match=rf"The {loaded.encoder.name} face encoder takes chips of shape .*{size}"):
            loaded.encoder.embed(torch.zeros(shape))


def test_the_phase_embeds_with_the_encoder_of_the_config(tmp_path, facenet, portrait):
    settings = given("facenet", tmp_path, facenet.weights).of_encoder
    fetch(settings)
    finder = FaceFinder(settings)
    assert finder.dimension == 512
    (seen,) = finder.see([portrait])
    landmarks = seen.landmarks.astype(float) * [portrait.shape[1], portrait.shape[0]] - 0.5
    chip = facenet.encoder.cut_picture(portrait, landmarks)
    expected = facenet.encoder.embed(as_batch(chip))[0].numpy()
    np.testing.assert_allclose(seen.embedding, expected, atol=1e-4)


def test_other_encoders_do_not_matter_to_a_rule():
    told = FACES.model_copy(update={"encoder": "facenet"}).of_encoder.model_dump(mode="json")
    assert told["vggface"] is None
    assert parse(Faces, told, "told").pretrained == FACES.facenet
    assert FACES.of_encoder.weight_files == [] and FACES.of_encoder.facenet is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoder": "vggface", "vggface": None}, "the encoder vggface needs the section of its name"),
        ({"facenet": {"window": [0.5, 0.0, 0.5, 1.0]}}, "a window goes from left to right"),
        ({"facenet": {"weights": {"sha256": "ABC"}}}, "string should match pattern"),
        ({"encoder": "arcface"}, "input should be 'dlib', 'facenet' or 'vggface'"),
    ],
)
def test_a_config_that_names_no_encoder_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        parse(Faces, merge(FACES.model_dump(mode="json"), changes), "config")
