"""The power-law spectrogram: against a transform written out in float64, and its size, precision and layout."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from speech2face.learning.encoder.spectrogram import PAPER_SAMPLES, PowerLawSpectrogram, repeat_to


def by_definition(wave: np.ndarray) -> np.ndarray:
    """[samples] to [2, frames, 257]: every sum of the Fourier transform written out, frame by frame."""
    sample = np.arange(400)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * sample / 400)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(257), sample) / 512)
    frames = [waves @ (wave[start : start + 400].astype(np.float64) * hann) for start in range(0, len(wave) - 399, 160)]
    parts = np.stack([np.real(frames), np.imag(frames)])
    return np.sign(parts) * np.abs(parts) ** 0.3


def sound(samples: int, seed: int = 0) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    time = np.arange(samples) / 16000
    tones = 0.3 * np.sin(2 * np.pi * 220 * time) + 0.1 * np.sin(2 * np.pi * 1870 * time + 1)
    return torch.from_numpy((tones + rng.normal(0, 0.05, samples)).astype(np.float32))


def test_it_is_the_transform_by_definition():
    wave = torch.stack([sound(4000), sound(4000, seed=1)])
    found = PowerLawSpectrogram()(wave).numpy()
    for row in range(2):
        wanted = by_definition(wave[row].numpy())
        # The slope of the root grows without bound towards 0: there, compare what was under it.
        under = [np.sign(parts) * np.abs(parts) ** (1 / 0.3) for parts in (found[row], wanted)]
        np.testing.assert_allclose(*under, atol=1e-4)
        loud = np.abs(wanted) > 0.3
        assert loud.mean() > 0.9
        np.testing.assert_allclose(found[row][loud], wanted[loud], atol=2e-4)


def test_six_seconds_are_the_papers_size():
    spectrogram = PowerLawSpectrogram()(sound(PAPER_SAMPLES)[None])
    assert spectrogram.shape == (1, 2, 598, 257)


def test_it_lies_as_channels_last_convolutions_want_it():
    spectrogram = PowerLawSpectrogram()(sound(4000).expand(2, -1))
    assert spectrogram.is_contiguous(memory_format=torch.channels_last)


def test_it_stays_in_single_precision():
    wave = sound(4000)[None]
    with torch.autocast("cpu", torch.bfloat16):
        found = PowerLawSpectrogram()(wave)
    assert torch.equal(found, PowerLawSpectrogram()(wave))
    assert PowerLawSpectrogram()(wave.double()).dtype == torch.float32


def test_silence_is_zero_and_sign_follows_the_sound():
    assert not PowerLawSpectrogram()(torch.zeros(1, 800)).any()
    wave = sound(800)[None]
    torch.testing.assert_close(PowerLawSpectrogram()(-wave), -PowerLawSpectrogram()(wave))


def test_less_than_a_frame_is_refused():
    with pytest.raises(ValueError, match="Sound of 399 samples is shorter than one frame of 400"):
        PowerLawSpectrogram()(torch.zeros(1, 399))


@given(length=st.integers(1, 60), samples=st.integers(1, 200))
def test_repeating_goes_round(length, samples):
    wave = torch.arange(length)[None].float()
    repeated = repeat_to(wave, samples)
    assert repeated.shape == (1, max(length, samples))
    assert repeated[0].tolist() == [at % length for at in range(repeated.shape[1])]


def test_nothing_cannot_be_repeated():
    with pytest.raises(ValueError, match="no sound to repeat"):
        repeat_to(torch.zeros(1, 0), 10)
