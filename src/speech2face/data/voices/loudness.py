"""Loudness of a recording."""

import numpy as np
from jaxtyping import Float, Shaped

from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.voices.samples import unit_samples

# Reported for silence and everything below the absolute gate.
SILENCE_DB = -70.0

_BLOCK = SAMPLE_RATE * 400 // 1000
_STEP = _BLOCK // 4
_RELATIVE_GATE_DB = 10.0


def loudness_db(samples: Shaped[np.ndarray, " samples"]) -> float:
    """Return the gated level of a 16 kHz recording in dB relative to full scale.

    The gates of ITU-R BS.1770-4 without its K-weighting, which is made for music: the mean power of blocks of
    400 ms (a step of 100 ms), first without blocks below -70 dB, then without those 10 dB below the mean of
    the rest. So pauses do not make a talker quieter. A full-scale sine has -3.0 dB.

    >>> round(loudness_db(np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)), 1)
    -3.0

    Returns:
        The level; `SILENCE_DB` where no block is above it. A recording shorter than a block is one block.

    Raises:
        ValueError: the samples are not mono PCM16 or finite floats.
    """
    power = _block_power(unit_samples(samples))
    audible = power[power > _power(SILENCE_DB)]
    if audible.size == 0:
        return SILENCE_DB
    loud = audible[audible > audible.mean() * _power(-_RELATIVE_GATE_DB)]
    return 10.0 * float(np.log10(loud.mean()))


def _power(level_db: float) -> float:
    return float(10.0 ** (level_db / 10.0))


def _block_power(samples: Float[np.ndarray, " samples"]) -> Float[np.ndarray, " blocks"]:
    """Mean power of each block; samples behind the last whole block do not count."""
    squares = samples.astype(np.float64) ** 2
    if squares.size < _BLOCK:
        return squares.mean(keepdims=True) if squares.size else np.zeros(0)
    # Blocks overlap in whole steps, so that each sample is summed once.
    steps = squares[: squares.size // _STEP * _STEP].reshape(-1, _STEP).sum(axis=1)
    return np.convolve(steps, np.ones(_BLOCK // _STEP), mode="valid") / _BLOCK
