"""Shifts that are applied to a recording: noise, and the narrow band of a telephone."""

import zlib

import numpy as np
from jaxtyping import Int16
from scipy.signal import butter, sosfiltfilt

from speech2face.base.sound import SAMPLE_RATE


def with_noise(
    samples: Int16[np.ndarray, " samples"], noise_db: tuple[float, float], name: str
) -> Int16[np.ndarray, " samples"]:
    """Add white noise at a signal-to-noise ratio drawn from a range, dB; the seed is a hash of `name`."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    signal = samples.astype(np.float64)
    power = max(float(np.mean(signal**2)), 1.0) * 10 ** (-rng.uniform(*noise_db) / 10)
    return _to_pcm(signal + rng.normal(0, np.sqrt(power), len(signal)))


def through_telephone(
    samples: Int16[np.ndarray, " samples"], band_hz: tuple[float, float]
) -> Int16[np.ndarray, " samples"]:
    """Band-pass (Butterworth, of 4th order forwards and backwards, so without delay)."""
    sections = butter(4, band_hz, btype="bandpass", fs=SAMPLE_RATE, output="sos")
    return _to_pcm(sosfiltfilt(sections, samples.astype(np.float64)))


def _to_pcm(sound: np.ndarray) -> np.ndarray:
    return np.round(sound * min(1.0, 32000 / max(np.abs(sound).max(), 1.0))).astype(np.int16)
