"""A codec keeps the length and the sound, and changes the samples."""

import numpy as np
import pytest

from speech2face.data.voices.codecs import through_codec

SAMPLE_RATE = 16_000
TIME = np.arange(SAMPLE_RATE * 2) / SAMPLE_RATE


def tone(hertz):
    return (8000 * np.sin(2 * np.pi * hertz * TIME)).astype(np.int16)


@pytest.mark.parametrize(
    ("codec", "bit_rate", "rate"),
    [("aac", 64_000, 16_000), ("libopus", 12_000, 16_000), ("libopencore_amrnb", 12_200, 8000)],
)
def test_a_codec_keeps_length_and_sound_but_not_the_samples(codec, bit_rate, rate):
    coded = through_codec(tone(440), codec, bit_rate, rate)
    assert coded.shape == tone(440).shape
    assert np.abs(np.fft.rfft(coded))[5:].argmax() + 5 == pytest.approx(880, abs=2)
    assert np.std(coded) == pytest.approx(np.std(tone(440)), rel=0.3)
    assert (coded != tone(440)).mean() > 0.5
    # AMR has the band of a telephone.
    high = np.std(through_codec(tone(6000), codec, bit_rate, rate)[4000:-4000])
    assert (high > 1000) == (rate == SAMPLE_RATE)
