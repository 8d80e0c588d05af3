"""The presets: each builds from the config as it stands, and predicts in the units of the faces."""

import pytest
import torch

from speech2face.base.sound import SAMPLE_RATE
from speech2face.config import load_config
from speech2face.learning.encoder.complexity import multiply_adds
from speech2face.learning.encoder.presets import PRESETS, build_voice_encoder, preset_arguments
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def settings():
    return load_config([ROOT / "config" / "config.yaml"]).encoder


def build(settings, preset, dimension=16):
    chosen = settings.model_copy(update={"preset": preset})
    return build_voice_encoder(preset, preset_arguments(chosen, dimension))


def test_unknown_preset_is_named():
    with pytest.raises(ValueError, match="no voice encoder 'huge'"):
        build_voice_encoder("huge", {})


@pytest.mark.parametrize("preset", ["small", "strong"])
def test_a_new_encoder_takes_the_faces_units_and_does_not_listen_to_its_batch(settings, preset):
    torch.manual_seed(0)
    model = build(settings, preset)
    target = torch.randn(50, 16) * 3 + 7
    waves = torch.randn(6, SAMPLE_RATE) * 0.1
    model.initialise(target, iter([waves]))
    model.eval()
    with torch.no_grad():
        found = model(waves)
        torch.testing.assert_close(found, model.predict_standardised(waves) * model.spread + model.mean)
        torch.testing.assert_close(found[:2], model(waves[:2]), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(model.mean, target.mean(dim=0))
    assert model.spread.item() == pytest.approx(3, rel=0.1)


def test_strong_takes_at_most_a_twentieth_of_the_multiplications_of_paper(settings):
    strong = multiply_adds(build(settings, "strong", dimension=128).eval(), torch.zeros(1, 6 * SAMPLE_RATE))
    with torch.device("meta"):  # 119 million weights are not worth making
        paper = multiply_adds(build(settings, "paper", dimension=128).eval(), torch.empty(1, 6 * SAMPLE_RATE))
    assert strong * 20 <= paper


def test_every_preset_of_the_config_is_there(settings):
    assert set(PRESETS) == {"small", "paper", "speaker", "strong"}
