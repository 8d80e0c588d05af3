"""CAM++: the released weights give the publisher's embeddings, and each part does what the paper says.

The golden embeddings are of synthetic sound, and were taken when this implementation gave the same embeddings of
five recordings as the publisher's own, to 3e-6.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from speech2face.base.sound import SAMPLE_RATE
from speech2face.learning.encoder.campplus import SEGMENT, CAMPPlus, ConvolutionalHead, MaskedConvolution
from speech2face.learning.encoder.campplus_weights import load_campplus, rename_weights
from speech2face.learning.encoder.fbank import KaldiFbank
from speech2face.learning.encoder.fetch_campplus import WEIGHTS

GOLDEN = Path(__file__).parents[3] / "golden" / "campplus.npz"


def voice(seconds: float) -> torch.Tensor:
    """A buzz with overtones whose pitch swings, in noise: [1, samples]."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * (140 * time + 6 * np.sin(3 * time))
    buzz = sum(np.sin(k * phase) / k for k in range(1, 20)) * (1 + 0.5 * np.sin(11 * time))
    noise = np.random.default_rng(0).standard_normal(len(time))
    return torch.tensor(0.05 * buzz + 0.005 * noise, dtype=torch.float32)[None]


def embed(model: CAMPPlus, *waves: torch.Tensor) -> list[np.ndarray]:
    with torch.inference_mode():
        features = [KaldiFbank()(wave) for wave in waves]
        return [model(x - x.mean(dim=1, keepdim=True))[0].numpy() for x in features]


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model():
    return load_campplus()


@pytest.fixture(scope="module")
def released():
    return torch.load(WEIGHTS.path, map_location="cpu", weights_only=True)


@pytest.mark.parametrize("seconds", [2.0, 5.3])
def test_golden_embedding(model, seconds):
    with np.load(GOLDEN, allow_pickle=False) as golden:
        np.testing.assert_allclose(embed(model, voice(seconds))[0], golden[f"seconds_{seconds}"], atol=1e-4)


def test_embeddings_do_not_depend_on_the_batch(model):
    features = torch.randn(3, 250, 80, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        together = model(features)
        torch.testing.assert_close(together, torch.cat([model(one[None]) for one in features]), atol=2e-5, rtol=0)


def test_every_released_weight_has_one_place(released):
    renamed = rename_weights(released)
    assert len(renamed) == len(released) == 937
    assert renamed.keys() == CAMPPlus().state_dict().keys()
    assert torch.equal(
        renamed["blocks.1.layers.2.masked.context1.bias"], released["xvector.block2.tdnnd3.cam_layer.linear1.bias"]
    )
    assert torch.equal(renamed["head.blocks.3.conv2.weight"], released["head.layer2.1.conv2.weight"])
    assert torch.equal(renamed["embed.weight"][:, :, None], released["xvector.dense.linear.weight"])


def test_size_is_that_of_the_release():
    assert sum(parameter.numel() for parameter in CAMPPlus().parameters()) == 6_848_544


def test_another_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("unchecked file was loaded"))
    (tmp_path / "weights.pt").write_bytes(b"not the weights")
    with pytest.raises(
        ValueError, match=r"weights\.pt has SHA-256 .* instead of 92f29b94.*: `python -m .*fetch_campplus` fetches"
    ):
        load_campplus(tmp_path / "weights.pt")


def test_missing_weights_are_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"^There are no weights in .*: `python -m .*` fetches them\.$"):
        load_campplus()


def test_two_frames_are_a_clear_error(model):
    with pytest.raises(ValueError, match="at least 3 frames to tell their spread over time, not 2"):
        model(torch.zeros(1, 2, 80))
    assert torch.isfinite(model(torch.randn(1, 3, 80))).all()


def test_head_keeps_time_and_makes_channels_of_bands():
    assert ConvolutionalHead().eval()(torch.randn(2, 80, 33)).shape == (2, 320, 33)


@pytest.mark.parametrize("frames", [SEGMENT // 2, SEGMENT, 2 * SEGMENT + 30])
def test_mask_of_a_frame_comes_from_the_means_of_its_segment_and_of_the_whole(frames):
    torch.manual_seed(0)
    layer = MaskedConvolution(dilation=2)
    x = torch.randn(2, 128, frames)
    mask = layer(x) / layer.local(x)
    for start in range(0, frames, SEGMENT):
        segment = slice(start, start + SEGMENT)
        context = x.mean(dim=2) + x[:, :, segment].mean(dim=2)
        hidden = torch.relu(context @ layer.context1.weight[:, :, 0].T + layer.context1.bias)
        expected = torch.sigmoid(hidden @ layer.context2.weight[:, :, 0].T + layer.context2.bias)
        torch.testing.assert_close(
            mask[:, :, segment], expected[:, :, None].expand_as(mask[:, :, segment]), atol=1e-4, rtol=1e-3
        )


def test_all_of_it_learns():
    model = CAMPPlus()
    model(torch.randn(2, 20, 80)).square().sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
