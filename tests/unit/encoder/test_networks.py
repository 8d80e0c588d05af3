"""The voice encoder: shapes, what it hears, saving and loading, and that it learns."""

import numpy as np
import pytest
import torch

from speech2face.config import Training
from speech2face.encoder.frontends import SAMPLE_RATE, LogMel
from speech2face.encoder.networks import SmallVoiceEncoder, build_voice_encoder
from speech2face.encoder.train import embed_voices, embedding_loss, load_voice_encoder, random_cuts
from speech2face.models import ModelError, save_model
from speech2face.training import TrainingError, fit, prepare

ARGUMENTS = {"dimension": 8, "mels": 40, "channels": 16}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return build_voice_encoder("small", ARGUMENTS).eval()


@pytest.mark.parametrize("seconds", [0.5, 3.0, 6.0])
def test_any_length_becomes_one_embedding(model, seconds):
    wave = torch.randn(3, round(seconds * SAMPLE_RATE)) * 0.1
    assert model(wave).shape == (3, 8)


def test_loudness_does_not_matter_and_silence_is_finite(model):
    wave = torch.randn(1, SAMPLE_RATE) * 0.1
    torch.testing.assert_close(model(wave), model(wave * 0.2), atol=1e-4, rtol=1e-3)
    assert torch.isfinite(model(torch.zeros(1, SAMPLE_RATE))).all()


def test_log_mel_puts_a_tone_where_it_belongs():
    time = torch.arange(SAMPLE_RATE) / SAMPLE_RATE
    low, high = (LogMel(40)(torch.sin(2 * torch.pi * f * time)[None]).mean(dim=2).argmax() for f in (200.0, 3000.0))
    assert low < 8 < 25 < high


def test_embeddings_do_not_depend_on_the_batch(model):
    sound = np.random.default_rng(0).integers(-9000, 9000, (5, SAMPLE_RATE)).astype(np.int16)
    np.testing.assert_allclose(embed_voices(model, sound, 2), embed_voices(model, sound, 5), atol=1e-5)


def test_saved_and_loaded_it_is_the_same(model, tmp_path):
    files = tmp_path / "m.safetensors", tmp_path / "c.json"
    save_model(model, *files, {"preset": "small", "arguments": ARGUMENTS})
    wave = torch.randn(2, SAMPLE_RATE)
    assert torch.equal(load_voice_encoder(*files)(wave), model(wave))


def test_weights_of_another_network_are_refused(model, tmp_path):
    files = tmp_path / "m.safetensors", tmp_path / "c.json"
    save_model(model, *files, {"preset": "small", "arguments": ARGUMENTS | {"channels": 20}})
    with pytest.raises(ModelError, match=r"m\.safetensors does not fit its config"):
        load_voice_encoder(*files)


def test_unknown_preset_is_named():
    with pytest.raises(ValueError, match="no voice encoder 'huge'"):
        build_voice_encoder("huge", {})


def test_cuts_are_stretches_of_their_own_row():
    sound = np.arange(200, dtype=np.int16).reshape(2, 100)
    cuts = random_cuts(sound, 30, np.random.default_rng(0)) * 32768
    assert cuts.shape == (2, 30)
    assert (np.diff(cuts, axis=1) == 1).all()
    assert cuts[0].max() < 100 <= cuts[1].min()


def test_loss_of_the_mean_face_is_one():
    target = torch.randn(5000, 4) * 3
    spread = (target - target.mean(dim=0)).square().mean().sqrt()
    assert embedding_loss(target.mean(dim=0).expand_as(target), target, spread).item() == pytest.approx(1, abs=1e-4)


def train_small(epochs=12, learning_rate=3e-3):
    """Learns to tell the pitch of a tone."""
    prepare(0, 1)
    rng = np.random.default_rng(0)
    pitch = rng.uniform(100, 400, 48)
    time = np.arange(8000) / SAMPLE_RATE
    wave = torch.tensor(np.sign(np.sin(2 * np.pi * pitch[:, None] * time)), dtype=torch.float32) * 0.1
    target = torch.tensor((pitch[:, None] - 250) / 87, dtype=torch.float32)
    model = SmallVoiceEncoder(dimension=1, mels=40, channels=16)
    state = fit(
        model,
        batch_loss=lambda batch, _: (model(wave[batch]) - target[batch]).square().mean(),
        samples=40,
        calibration_loss=lambda: (model(wave[40:]) - target[40:]).square().mean().item(),
        settings=Training(epochs=epochs, batch=8, learning_rate=learning_rate, weight_decay=0.0, threads=1),
        seed=1,
        what="test",
    )
    return model, state


def test_training_learns_keeps_the_best_epoch_and_repeats_itself():
    model, state = train_small()
    assert state.best_loss < 0.5
    assert state.best_loss == min(epoch.calibration_loss for epoch in state.history)
    again, repeated = train_small()
    assert [e.train_loss for e in state.history] == [e.train_loss for e in repeated.history]
    for name, value in model.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def test_a_loss_that_is_no_number_is_a_clear_error():
    with pytest.raises(TrainingError, match="became nan in epoch 1; lower"):
        fit(
            torch.nn.Linear(1, 1),
            batch_loss=lambda *_: torch.tensor(float("nan")),
            samples=4,
            calibration_loss=lambda: 0.0,
            settings=Training(epochs=1, batch=2, learning_rate=1.0, weight_decay=0.0, threads=1),
            seed=0,
            what="test",
        )


def test_nothing_to_train_on_is_a_clear_error():
    with pytest.raises(TrainingError, match="training split of the test is empty"):
        fit(
            torch.nn.Linear(1, 1),
            batch_loss=lambda *_: torch.zeros(()),
            samples=0,
            calibration_loss=lambda: 0.0,
            settings=Training(epochs=1, batch=2, learning_rate=1.0, weight_decay=0.0, threads=1),
            seed=0,
            what="test",
        )
