"""The small voice encoder: shapes, what it hears, saving and loading."""

import numpy as np
import pytest
import torch

from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.weights import ModelError, save_model
from speech2face.learning.encoder.frontends import LogMel
from speech2face.learning.encoder.presets import build_voice_encoder
from speech2face.learning.encoder.small import FrameFeatures
from speech2face.learning.encoder.train import embed_voices, load_voice_encoder

ARGUMENTS = {"dimension": 8, "mels": 40, "stride": 2, "channels": 16, "batch_norm": True, "dropout": 0.3}


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
    sound = np.random.default_rng(0).integers(-9000, 9000, (10, SAMPLE_RATE)).astype(np.int16)
    alone = [embed_voices(model, sound[clip : clip + 1]) for clip in range(len(sound))]
    np.testing.assert_allclose(embed_voices(model, sound), np.concatenate(alone), atol=1e-5)


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


def test_without_batch_norm_nothing_depends_on_the_batch_in_training():
    torch.manual_seed(0)
    model = build_voice_encoder("small", ARGUMENTS | {"batch_norm": False, "dropout": 0.0}).train()
    assert not [part for part in model.modules() if isinstance(part, torch.nn.BatchNorm1d)]
    wave = torch.randn(4, SAMPLE_RATE) * 0.1
    torch.testing.assert_close(model(wave)[:2], model(wave[:2]), atol=1e-5, rtol=1e-4)


def test_a_wider_stride_gives_fewer_steps():
    wave = torch.zeros(1, 16_000)
    steps = [
        FrameFeatures(mels=20, stride=stride, channels=16, batch_norm=True).eval()(wave).shape[2]
        for stride in (1, 2, 4)
    ]
    assert steps[0] == pytest.approx(2 * steps[1], abs=2)
    assert steps[1] == pytest.approx(2 * steps[2], abs=2)
