"""Kaldi's features: agreement with torchaudio's, sound by sound, and the edges of the domain."""

import kaldi_native_fbank
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchaudio.compliance import kaldi

from speech2face.base.sound import SAMPLE_RATE
from speech2face.learning.encoder.fbank import FRAME_LENGTH, FRAME_SHIFT, KaldiFbank


def reference(wave, mels=80):
    return kaldi.fbank(wave[None], num_mel_bins=mels, sample_frequency=SAMPLE_RATE, dither=0)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 1000),
    samples=st.integers(FRAME_LENGTH, 5000),
    level=st.floats(1e-4, 1.0),
    offset=st.floats(-0.5, 0.5),
)
def test_agrees_with_torchaudio_for_any_length_level_and_offset(seed, samples, level, offset):
    generator = torch.Generator().manual_seed(seed)
    waves = torch.randn(3, samples, generator=generator) * 0.3 * level + offset
    found = KaldiFbank()(waves)
    expected = torch.stack([reference(wave) for wave in waves])
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("mels", [23, 40, 80])
def test_agrees_with_torchaudio_for_any_number_of_bands(mels):
    wave = torch.sin(2 * torch.pi * 440 * torch.arange(8000) / SAMPLE_RATE)
    torch.testing.assert_close(KaldiFbank(mels)(wave[None])[0], reference(wave, mels), atol=1e-4, rtol=0)


@pytest.mark.parametrize("mels", [40, 80])
def test_agrees_with_kaldis_own_code(mels):
    """kaldi-native-fbank is Kaldi's feature extraction in C++, taken out of Kaldi."""
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither, options.frame_opts.samp_freq, options.mel_opts.num_bins = 0.0, SAMPLE_RATE, mels
    wave = 0.1 * torch.randn(1, 8000, generator=torch.Generator().manual_seed(0))
    oracle = kaldi_native_fbank.OnlineFbank(options)
    oracle.accept_waveform(SAMPLE_RATE, wave[0].tolist())
    oracle.input_finished()
    expected = np.stack([oracle.get_frame(frame) for frame in range(oracle.num_frames_ready)])
    torch.testing.assert_close(KaldiFbank(mels)(wave)[0], torch.from_numpy(expected), atol=1e-3, rtol=0)


@pytest.mark.parametrize(("samples", "frames"), [(FRAME_LENGTH, 1), (FRAME_LENGTH + FRAME_SHIFT - 1, 1), (96000, 598)])
def test_only_whole_frames_count(samples, frames):
    assert KaldiFbank()(torch.zeros(2, samples)).shape == (2, frames, 80)


def test_silence_is_the_smallest_number_and_not_minus_infinity():
    assert (KaldiFbank()(torch.zeros(1, 800)) == np.log(np.finfo(np.float32).eps)).all()


def test_less_than_a_frame_is_a_clear_error():
    with pytest.raises(ValueError, match=r"399 samples is shorter than one frame \(400 samples\)"):
        KaldiFbank()(torch.zeros(1, 399))


def test_autocast_and_half_precision_sound_do_not_coarsen_it():
    wave = (torch.randn(1, 4000, generator=torch.Generator().manual_seed(0)) * 0.1).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = KaldiFbank()(wave)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found[0], reference(wave[0].float()), atol=1e-4, rtol=0)


def test_nothing_of_it_is_saved_or_trained():
    assert not KaldiFbank().state_dict()
    assert not list(KaldiFbank().parameters())
