"""What the full loss distils from: the face encoder's own classifier where it has one, else one that is fitted."""

import numpy as np
import pytest
import torch

from speech2face.base.weights import save_model
from speech2face.config import load_config
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.encoder.weighting import build_loss
from tests.conftest import ROOT
from tests.unit.data.faces.made_weights import facenet_weights, fetch, given

CONFIG = load_config([ROOT / "config" / "config.yaml"])
SPEAKERS = [f"s{clip // 3}" for clip in range(12)]


def full_loss(folder, faces, dimension):
    torch.manual_seed(0)
    arguments = {"dimension": dimension, "size": 32, "landmarks": 68}
    decoder = folder / "decoder.safetensors", folder / "decoder.json"
    save_model(ColeFaceDecoder(**arguments), *decoder, {"preset": "cole", "arguments": arguments})
    target = torch.nn.functional.normalize(torch.randn(12, dimension), dim=1)
    weights = {"kind": "full", "direction": 1.0, "distillation": 1.0, "temperature": 2.0}
    loss = build_loss(
        CONFIG.encoder.loss.model_copy(update=weights),
        target=target,
        spread=target.std(),
        speakers=SPEAKERS,
        decoder=decoder,
        faces=faces,
        device=torch.device("cpu"),
    )
    return loss, target


def test_an_encoder_that_knows_people_is_asked_itself(tmp_path):
    arrays = facenet_weights()
    faces = given("facenet", tmp_path, arrays)
    fetch(faces)
    loss, target = full_loss(tmp_path, faces, 512)
    predicted = torch.randn(12, 512, requires_grad=True)
    terms = loss(predicted, target, 1)
    last, bias = (arrays[f"logits.{name}"].double().numpy() for name in ("weight", "bias"))
    length = np.hypot(*(np.linalg.norm(arrays[f"last_bn.{name}"]) for name in ("weight", "bias")))

    def softened(embedding):
        logits = (length * embedding.detach().double().numpy() @ last.T + bias) / 2
        return np.exp(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))

    expected = -(softened(target) * np.log(softened(predicted))).sum(axis=1).mean()
    assert terms["distillation"].item() == pytest.approx(expected, rel=1e-4)
    sum(terms.values()).backward()
    assert predicted.grad.norm() > 0


def test_for_an_encoder_that_knows_nobody_the_training_speakers_are(tmp_path):
    loss, target = full_loss(tmp_path, CONFIG.faces, 128)
    # Four speakers who are told apart: when each embedding is right, little surprise is left.
    sure = loss(target, target, 1)["distillation"].item()
    unsure = loss(-target, target, 1)["distillation"].item()
    assert sure < np.log(4) < unsure
