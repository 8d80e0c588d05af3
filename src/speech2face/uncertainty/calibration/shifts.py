"""Shifts that are applied to a recording: noise, the narrow band of a telephone, reverberation, codecs and loudness."""

import zlib
from collections.abc import Callable

import numpy as np
from jaxtyping import Int16
from scipy.signal import butter, fftconvolve, sosfiltfilt

from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.voices.codecs import through_codec


def with_noise(
    samples: Int16[np.ndarray, " samples"], noise_db: tuple[float, float], name: str
) -> Int16[np.ndarray, " samples"]:
    """Add white noise at a signal-to-noise ratio drawn from a range, dB; the seed is a hash of `name`."""
    rng = _random(name)
    signal = samples.astype(np.float64)
    power = max(float(np.mean(signal**2)), 1.0) * 10 ** (-rng.uniform(*noise_db) / 10)
    return _to_pcm(signal + rng.normal(0, np.sqrt(power), len(signal)))


def through_telephone(
    samples: Int16[np.ndarray, " samples"], band_hz: tuple[float, float]
) -> Int16[np.ndarray, " samples"]:
    """Band-pass (Butterworth, of 4th order forwards and backwards, so without delay)."""
    sections = butter(4, band_hz, btype="bandpass", fs=SAMPLE_RATE, output="sos")
    return _to_pcm(sosfiltfilt(sections, samples.astype(np.float64)))


def with_reverberation(
    samples: Int16[np.ndarray, " samples"], seconds: float, name: str
) -> Int16[np.ndarray, " samples"]:
    """Add the echo of a room whose sound falls by 60 dB in `seconds`, as strong as the direct sound.

    The echo is noise that decays exponentially (Polack 1988); its seed is a hash of `name`.
    """
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    echo = _random(name).normal(size=len(time)) * 10 ** (-3 * time / seconds)
    signal = samples.astype(np.float64)
    return _to_pcm(signal + fftconvolve(signal, echo / np.linalg.norm(echo))[: len(signal)])


def louder(samples: Int16[np.ndarray, " samples"], gain_db: float) -> Int16[np.ndarray, " samples"]:
    """Change the loudness; what is too loud is scaled to full scale."""
    return _to_pcm(samples.astype(np.float64) * 10 ** (gain_db / 20))


GRADED: dict[str, Callable[[np.ndarray, str], np.ndarray]] = {
    "noise_15_to_25_db": lambda samples, name: with_noise(samples, (15.0, 25.0), name),
    "noise_25_to_35_db": lambda samples, name: with_noise(samples, (25.0, 35.0), name),
    "reverberation_0.3_s": lambda samples, name: with_reverberation(samples, 0.3, name),
    "reverberation_0.8_s": lambda samples, name: with_reverberation(samples, 0.8, name),
    "aac_64_kbps": lambda samples, name: through_codec(samples, "aac", 64_000),
    "aac_24_kbps": lambda samples, name: through_codec(samples, "aac", 24_000),
    "opus_12_kbps": lambda samples, name: through_codec(samples, "libopus", 12_000),
    "amr_12_kbps": lambda samples, name: through_codec(samples, "libopencore_amrnb", 12_200, 8000),
    "20_db_quieter": lambda samples, name: louder(samples, -20.0),
}
"""Milder shifts by name, from samples and the name of the person."""


def _random(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def _to_pcm(sound: np.ndarray) -> np.ndarray:
    return np.round(sound * min(1.0, 32000 / max(np.abs(sound).max(), 1.0))).astype(np.int16)
