"""The voice encoder in closed form: what it hears, what a ridge makes of it, and that it is saved whole."""

import sys

import numpy as np
import pytest
import torch

from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.weights import load_weights, save_model
from speech2face.data.voices.acoustics import measure_acoustics
from speech2face.data.voices.features import FEATURES
from speech2face.learning.encoder.campplus import EMBEDDING
from speech2face.learning.encoder.ridge import fit_face_ridge
from speech2face.learning.encoder.speaker import INPUTS, SpeakerVoiceEncoder


@pytest.fixture(scope="module")
def encoder():
    model = SpeakerVoiceEncoder(dimension=8).train()
    model.load_pretrained()
    return model


@pytest.fixture(scope="module")
def sound():
    """A buzz of 120 Hz, one of 220 Hz, and silence."""
    time = torch.arange(SAMPLE_RATE) / SAMPLE_RATE
    buzz = [sum((2 * torch.pi * pitch * k * time).sin() / k for k in range(1, 20)) * 0.1 for pitch in (120, 220)]
    return torch.stack([*buzz, torch.zeros(SAMPLE_RATE)])


def test_it_hears_the_speaker_and_the_acoustics_with_frequencies_as_logarithms(encoder, sound):
    inputs = encoder.measure_inputs(sound)
    assert inputs.shape == (3, INPUTS) and INPUTS == EMBEDDING + 10
    measured = measure_acoustics(sound[0].numpy())
    found = dict(zip(FEATURES, inputs[0, EMBEDDING:].tolist(), strict=True))
    assert found["pitch_hz"] == pytest.approx(np.log(measured["pitch_hz"])) == pytest.approx(np.log(120), abs=0.02)
    assert found["spectral_tilt_db"] == pytest.approx(measured["spectral_tilt_db"])
    # Silence has no pitch; its syllables are none, not minus infinity.
    assert torch.isnan(inputs[2, EMBEDDING])
    assert torch.isfinite(encoder(sound)).all()
    # CAM++ does not follow the batch, in training neither.
    assert encoder.training and not encoder.speaker_network.training
    torch.testing.assert_close(encoder.measure_inputs(sound[:1]), inputs[:1], atol=1e-4, rtol=1e-4)


def test_a_ridge_becomes_its_head_and_is_saved_with_the_released_weights(encoder, sound, tmp_path, monkeypatch):
    heard = encoder.measure_inputs(sound).detach().double().numpy()
    faces = np.random.default_rng(0).normal(size=(3, 8)) * 3 + 7
    ridge = fit_face_ridge(heard, faces, ["a", "b", "c"], [5.0])
    with torch.no_grad():
        encoder.set_ridge(ridge, 3.0)
    np.testing.assert_allclose(encoder(sound).numpy(), ridge(heard), rtol=1e-3)
    # The mean stands for what is unknown.
    assert np.abs(ridge(heard) - faces.mean(axis=0)).max() > 0.1
    save_model(encoder, tmp_path / "m.safetensors", tmp_path / "c.json", {})
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="fetch_campplus"):
        SpeakerVoiceEncoder(dimension=8).load_pretrained()
    again = SpeakerVoiceEncoder(dimension=8).eval()
    load_weights(again, tmp_path / "m.safetensors")
    assert torch.equal(again(sound), encoder(sound))


def test_without_scipy_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.delitem(sys.modules, "speech2face.data.voices.acoustics")
    with pytest.raises(RuntimeError, match=r"needs the package scipy: pip install 'speech2face\[train\]'"):
        SpeakerVoiceEncoder(dimension=8)
