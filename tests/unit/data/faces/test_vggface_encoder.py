"""VGG-Face against torchvision's VGG-16 with the same weights, before and after the ReLU, in every order of colours."""

import numpy as np
import pytest
import torch
from torchvision.models import vgg16

from speech2face.data.faces.vggface_encoder import VggFaceEncoder
from tests.unit.data.faces.made_weights import FACES

# Where the layers of the publisher's file are in torchvision's network.
FEATURES = {
    0: "conv1_1", 2: "conv1_2", 5: "conv2_1", 7: "conv2_2", 10: "conv3_1", 12: "conv3_2", 14: "conv3_3",
    17: "conv4_1", 19: "conv4_2", 21: "conv4_3", 24: "conv5_1", 26: "conv5_2", 28: "conv5_3",
}  # fmt: skip
CLASSIFIER = {0: "fc6", 3: "fc7", 6: "fc8"}
MEAN = np.array([129.1863, 104.7624, 93.5940])


@pytest.fixture(scope="module")
def chips(portrait, landmarks, vggface):
    chip = vggface.encoder.cut_picture(portrait, landmarks)
    return np.stack([chip, np.random.default_rng(0).integers(0, 256, chip.shape, np.uint8)])


@pytest.fixture(scope="module")
def theirs(vggface, chips):
    """fc7 before its ReLU and the logits, as torchvision computes them from RGB pictures minus the mean."""
    with torch.device("meta"):
        network = vgg16(num_classes=2622)
    names = {f"features.{place}": name for place, name in FEATURES.items()}
    names |= {f"classifier.{place}": name for place, name in CLASSIFIER.items()}
    arrays = {}
    for ours, name in names.items():
        arrays |= {f"{ours}.{kind}": vggface.weights[f"{name}.{kind}"] for kind in ("weight", "bias")}
    network.load_state_dict(arrays, assign=True)
    network.eval()
    inside = {}
    network.classifier[3].register_forward_hook(lambda layer, given, made: inside.update(fc7=made.clone()))
    pictures = torch.tensor((chips - MEAN).transpose(0, 3, 1, 2), dtype=torch.float32)
    with torch.no_grad():
        logits = network(pictures)
    return inside["fc7"], logits


def embedded(encoder, chips):
    return encoder.embed(torch.tensor(np.ascontiguousarray(chips)).permute(0, 3, 1, 2) / 255)


def changed(vggface, **fields):
    return VggFaceEncoder(vggface.weights, FACES.vggface.model_copy(update=fields))


def test_embeddings_are_the_seventh_layer(vggface, theirs, chips):
    found = embedded(vggface.encoder, chips)
    assert theirs[0].norm(dim=1).min() > 30
    assert (theirs[0] < 0).float().mean() > 0.2
    torch.testing.assert_close(found, theirs[0], atol=1e-3, rtol=0)
    assert (vggface.encoder.name, vggface.encoder.dimension, vggface.encoder.input_size) == ("vggface", 4096, 224)


def test_after_the_relu_nothing_is_negative(vggface, theirs, chips):
    after = changed(vggface, relu=True)
    torch.testing.assert_close(embedded(after, chips), theirs[0].relu(), atol=1e-3, rtol=0)
    torch.testing.assert_close(after.classifier(theirs[0].relu()), theirs[1], atol=1e-3, rtol=0)


def test_logits_are_the_last_layers(vggface, theirs, chips):
    logits = vggface.encoder.classifier(embedded(vggface.encoder, chips))
    assert logits.shape == (2, 2622)
    torch.testing.assert_close(logits, theirs[1], atol=1e-3, rtol=0)


def test_colours_mean_and_scale_are_those_of_the_config(vggface, theirs, chips):
    mirrored = changed(vggface, channels="bgr")
    torch.testing.assert_close(embedded(mirrored, chips[..., ::-1]), theirs[0], atol=1e-3, rtol=0)
    # The same numbers, reached from twice the contrast.
    halved = changed(vggface, mean=tuple((2 * MEAN - 40).tolist()), scale=2.0)
    twice = torch.tensor(2.0 * chips - 40.0, dtype=torch.float32).permute(0, 3, 1, 2) / 255
    torch.testing.assert_close(halved.embed(twice), theirs[0], atol=1e-3, rtol=0)
