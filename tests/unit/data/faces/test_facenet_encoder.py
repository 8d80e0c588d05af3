"""FaceNet against the publisher's own module, and its classifier against its arithmetic."""

import numpy as np
import pytest
import torch
from facenet_pytorch import InceptionResnetV1

from speech2face.data.faces.facenet_encoder import FacenetEncoder
from speech2face.data.faces.pretrained import WeightsError
from tests.unit.data.faces.made_weights import FACES, facenet_weights


@pytest.fixture(scope="module")
def chips(portrait, landmarks, facenet):
    chip = facenet.encoder.cut_picture(portrait, landmarks)
    return np.stack([chip, chip[:, ::-1], np.random.default_rng(0).integers(0, 256, chip.shape, np.uint8)])


@pytest.fixture(scope="module")
def theirs(facenet):
    network = InceptionResnetV1(classify=True, num_classes=12).eval()
    network.load_state_dict(facenet.weights)
    return network


def embedded(encoder, chips):
    return encoder.embed(torch.tensor(chips).permute(0, 3, 1, 2) / 255)


def prepared(chips):
    """As the publisher's `fixed_image_standardization`, in NumPy."""
    return torch.tensor((chips.transpose(0, 3, 1, 2).astype(np.float64) - 127.5) / 128, dtype=torch.float32)


def test_embeddings_are_the_publishers(facenet, theirs, chips):
    theirs.classify = False
    with torch.no_grad():
        expected = theirs(prepared(chips))
    found = embedded(facenet.encoder, chips)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(3))
    assert (found[0] - found[1]).norm() > 1e-3
    assert (facenet.encoder.name, facenet.encoder.dimension, facenet.encoder.input_size) == ("facenet", 512, 160)


def test_another_order_of_colours_is_another_picture(facenet, chips):
    flipped = FACES.facenet.model_copy(update={"channels": "bgr"})
    other = FacenetEncoder(facenet.weights, flipped)
    expected = embedded(facenet.encoder, np.ascontiguousarray(chips[..., ::-1]))
    torch.testing.assert_close(embedded(other, chips), expected, atol=1e-6, rtol=0)


def test_logits_are_the_publishers_for_faces_of_the_usual_length(facenet, theirs, chips):
    theirs.classify = True
    with torch.no_grad():
        logits = theirs(prepared(chips)).numpy()
    last, bias = (facenet.weights[f"logits.{name}"].numpy() for name in ("weight", "bias"))
    scale = np.hstack([facenet.weights[f"last_bn.{name}"].numpy() for name in ("weight", "bias")])
    usual = np.sqrt((scale**2).sum())
    ours = facenet.encoder.classifier(embedded(facenet.encoder, chips)).numpy()
    np.testing.assert_allclose(ours, usual * embedded(facenet.encoder, chips).numpy() @ last.T + bias, atol=1e-3)
    # What is not the bias differs from the publisher's by one factor for each face.
    factor = (ours - bias) / (logits - bias)
    np.testing.assert_allclose(factor, np.median(factor, axis=1, keepdims=True) * np.ones(12), rtol=1e-2)


def test_the_usual_length_is_that_of_the_faces_the_network_learned_from(facenet, theirs):
    chance = torch.Generator().manual_seed(1)
    norm = theirs.last_bn
    features = norm.running_mean + norm.running_var.sqrt() * torch.randn(4000, 512, generator=chance)
    with torch.no_grad():
        length = norm(features).square().sum(dim=1).mean().sqrt()
    assert facenet.encoder.classifier.length == pytest.approx(length.item(), rel=0.01)


def test_files_that_do_not_count_batches_are_read(facenet, chips):
    older = {name: value for name, value in facenet.weights.items() if not name.endswith("num_batches_tracked")}
    torch.testing.assert_close(
        embedded(FacenetEncoder(older, FACES.facenet), chips), embedded(facenet.encoder, chips), atol=0, rtol=0
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("logits.bias", None, r"2 of 716 arrays differ: logits\.bias is missing instead of \(1,\)"),
        ("last_bn.weight", torch.zeros(3), r"1 of 716 arrays differ: last_bn\.weight is \(3,\) instead of \(512,\)"),
        ("more", torch.zeros(3), r"1 of 717 arrays differ: more is \(3,\) instead of not there"),
        (
            "last_linear.weight",
            torch.full((512, 1792), torch.nan),
            r"last_linear\.weight holds numbers that are not fin",
        ),
    ],
)
def test_other_weights_are_refused(name, value, message):
    weights = facenet_weights() | {name: value}
    with pytest.raises(WeightsError, match=message):
        FacenetEncoder({name: value for name, value in weights.items() if value is not None}, FACES.facenet)
