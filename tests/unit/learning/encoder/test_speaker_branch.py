"""The branch on CAM++: what is frozen stays, and the head learns."""

import sys

import pytest
import torch

from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.weights import load_weights, save_model
from speech2face.learning.encoder.campplus_weights import load_campplus
from speech2face.learning.encoder.speaker_branch import SpeakerBranch


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def encoder(*, fine_tune=False, hidden=0, dropout=0.0, dimension=8):
    torch.manual_seed(0)
    return SpeakerBranch(dimension=dimension, fine_tune=fine_tune, hidden=hidden, dropout=dropout)


def sound(clips=2, seconds=0.6):
    return torch.randn(clips, round(seconds * SAMPLE_RATE), generator=torch.Generator().manual_seed(1)) * 0.1


@pytest.mark.parametrize("hidden", [0, 16])
@pytest.mark.parametrize("seconds", [0.5, 2.3])
def test_any_length_becomes_one_embedding(hidden, seconds):
    assert encoder(hidden=hidden).eval()(sound(3, seconds)).shape == (3, 8)


def test_loudness_does_not_matter_and_silence_is_finite():
    model = encoder().eval()
    torch.testing.assert_close(model.apply_trunk(sound()), model.apply_trunk(sound() * 0.2), atol=1e-4, rtol=1e-3)
    assert torch.isfinite(model(torch.zeros(1, SAMPLE_RATE))).all()


def test_frozen_trunk_neither_learns_nor_follows_the_data():
    model = encoder().train()
    before = {name: value.clone() for name, value in model.speaker_network.state_dict().items()}
    model(sound()).square().sum().backward()
    assert model.training and not any(part.training for part in model.speaker_network.modules())
    assert {name for name, p in model.named_parameters() if p.grad is not None} == {
        "regression.1.weight",
        "regression.1.bias",
    }
    assert not model.apply_trunk(sound()).requires_grad
    for name, value in model.speaker_network.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_fine_tuning_reaches_the_trunk_in_training_only():
    model = encoder(fine_tune=True)
    model(sound()).square().sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert model.speaker_network.training
    assert not model.eval().speaker_network.training


def test_initialised_it_hears_as_campplus_and_sees_standard_voices():
    model = encoder()
    batches = [sound(3), sound(3, 0.9), sound(2, 1.2)]
    target = torch.randn(40, 8) * torch.arange(1, 9) + 7
    model.initialise(target, iter(batches))
    assert model.training and not model.speaker_network.training
    for name, value in load_campplus().state_dict().items():
        assert torch.equal(model.speaker_network.state_dict()[name], value), name
    trunk = torch.cat([model.apply_trunk(wave) for wave in batches])
    standard = (trunk - model.voice_mean) / model.voice_spread
    torch.testing.assert_close(standard.mean(dim=0), torch.zeros(192), atol=1e-4, rtol=0)
    torch.testing.assert_close(standard.square().mean(dim=0), torch.ones(192), atol=1e-3, rtol=0)
    torch.testing.assert_close(model.mean, target.mean(dim=0))
    torch.testing.assert_close(model.spread, (target - target.mean(dim=0)).square().mean().sqrt())


def test_output_is_in_the_units_of_the_faces():
    model = encoder().eval()
    model.initialise(torch.randn(40, 8) * 3 + 7, iter([sound(4)]))
    torch.testing.assert_close(model(sound()), model.predict_standardised(sound()) * model.spread + model.mean)
    torch.nn.init.zeros_(model.regression[1].weight)
    torch.nn.init.zeros_(model.regression[1].bias)
    torch.testing.assert_close(model(sound()), model.mean.expand(2, 8))


def test_one_voice_alone_gives_finite_embeddings():
    model = encoder().eval()
    model.initialise(torch.randn(40, 8), iter([sound(1)]))
    assert torch.isfinite(model(sound())).all()


def test_saved_it_loads_without_the_released_weights(tmp_path, monkeypatch):
    model = encoder().eval()
    model.initialise(torch.randn(40, 8), iter([sound(4)]))
    save_model(model, tmp_path / "m.safetensors", tmp_path / "c.json", {})
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="fetch_campplus"):
        encoder().load_pretrained()
    again = SpeakerBranch(dimension=8, fine_tune=False, hidden=0, dropout=0.0).eval()
    load_weights(again, tmp_path / "m.safetensors")
    assert torch.equal(again(sound()), model(sound()))
