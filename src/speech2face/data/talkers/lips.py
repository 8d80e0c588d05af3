"""Mouth opening computed from the sound."""

import numpy as np
from jaxtyping import Float, Int16
from scipy.signal import butter, sosfilt

# First to third formant: loud where the mouth is open, while hiss and hum stay outside.
_BAND_HZ = (250.0, 3000.0)
_HOP_S = 0.005
_WINDOW_S = 0.03
# Time constants (invented): lips open within a syllable's onset and close more slowly than the sound stops.
_OPENING_S = 0.025
_CLOSING_S = 0.07
# A level this far below the clip's loud vowels is a pause, and this loud a vowel opens the mouth fully.
_PAUSE_DB = -30.0
_LOUD_PERCENTILE = 95
# Loudest level, in units of 16-bit samples, that still counts as silence.
_SILENCE = 8.0


def mouth_openness(
    samples: Int16[np.ndarray, "samples"], sample_rate: int, *, fps: float, frames: int
) -> Float[np.ndarray, "frames"]:
    """How far the mouth opens in the middle of each video frame: 0 (closed) to 1 (the clip's loud vowels).

    It is the level between 250 and 3,000 Hz in dB above a pause, so the speech must be free of noise. Frames past
    the end of the sound are closed, and so are all frames of silence. Raises ValueError where `fps` is not
    positive, `frames` is negative or the sample rate leaves no room for the band.
    """
    if fps <= 0 or frames < 0:
        raise ValueError(f"mouth_openness got {frames} frames at {fps} a second: give 0 or more at a positive rate")
    if sample_rate <= 2 * _BAND_HZ[1]:
        raise ValueError(f"mouth_openness got {sample_rate} samples a second: resample to more than 6,000")
    if len(samples) == 0:
        return np.zeros(frames)
    level = _level(samples, sample_rate)
    loud = np.percentile(level, _LOUD_PERCENTILE)
    if loud <= _SILENCE:
        return np.zeros(frames)
    decibels = 20 * np.log10(np.maximum(level, 1e-9) / loud)
    openness = _as_lips_move(np.clip(1 - decibels / _PAUSE_DB, 0, 1))
    middles = (np.arange(frames) + 0.5) / fps
    return np.interp(middles, np.arange(len(openness)) * _HOP_S, openness, right=0.0)


def _level(samples: Int16[np.ndarray, "samples"], sample_rate: int) -> Float[np.ndarray, "hops"]:
    """Root mean square of the band around every hop, in units of 16-bit samples."""
    band = sosfilt(butter(2, _BAND_HZ, "bandpass", fs=sample_rate, output="sos"), samples.astype(np.float64))
    energy = np.concatenate([[0.0], np.cumsum(np.square(band))])
    centres = np.arange(0, len(samples), _HOP_S * sample_rate)
    half = _WINDOW_S * sample_rate / 2
    first = np.maximum(centres - half, 0).astype(int)
    last = np.minimum(centres + half, len(samples)).astype(int)
    return np.sqrt(np.maximum(energy[last] - energy[first], 0) / (last - first))


def _as_lips_move(target: Float[np.ndarray, "hops"]) -> Float[np.ndarray, "hops"]:
    opening, closing = (1 - np.exp(-_HOP_S / constant) for constant in (_OPENING_S, _CLOSING_S))
    moved = np.empty_like(target)
    position = 0.0
    for index, goal in enumerate(target):
        position += (goal - position) * (opening if goal > position else closing)
        moved[index] = position
    return moved
