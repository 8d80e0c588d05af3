"""Recordings of talkers: a drawn passage, spoken, and noise at a drawn level."""

import numpy as np
import soxr
from jaxtyping import Int16

from speech2face.base.random import stream
from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.talkers.text import passage
from speech2face.data.talkers.voice import Speech, Synthesiser, VoiceParameters

FIRST_RECORDING = {"clips": 0, "trials": 1000, "panel": 2000}
"""The number of a talker's first recording for each use."""


def recording_stream(seed: int, talker: int, use: str, number: int = 0) -> np.random.Generator:
    """The random numbers of a recording of a talker, by their number, with all else that is drawn for it.

    Args:
        use: one of `FIRST_RECORDING`.
        number: of the recording, counted from 0 within the use.
    """
    return stream(seed, "recordings", talker, FIRST_RECORDING[use] + number)


def speak(synthesiser: Synthesiser, voice: VoiceParameters, rng: np.random.Generator, *, seconds: float) -> Speech:
    """A drawn passage in the language of the voice, cut to `seconds`, without noise."""
    return synthesiser.speak(passage(voice.language, rng, seconds=seconds), voice, seconds=seconds)


def add_noise(
    samples: Int16[np.ndarray, "samples"], rng: np.random.Generator, *, signal_to_noise_db: float
) -> Int16[np.ndarray, "samples"]:
    """The sound with white noise at the given ratio of mean powers, scaled so that nothing clips."""
    signal = samples.astype(np.float64)
    power = max(float(np.mean(signal**2)), 1.0)
    noisy = signal + rng.normal(0, np.sqrt(power * 10 ** (-signal_to_noise_db / 10)), len(signal))
    return np.round(noisy * min(1.0, 32000 / max(np.abs(noisy).max(), 1.0))).astype(np.int16)


def record(
    synthesiser: Synthesiser,
    voice: VoiceParameters,
    rng: np.random.Generator,
    *,
    seconds: float,
    noise_db: tuple[float, float],
) -> Int16[np.ndarray, "samples"]:
    """A recording of `seconds` at 16 kHz; speech that ends earlier is repeated, as in clips.

    Args:
        noise_db: range from which the signal-to-noise ratio is drawn.
    """
    speech = speak(synthesiser, voice, rng, seconds=seconds)
    noisy = add_noise(speech.samples, rng, signal_to_noise_db=float(rng.uniform(*noise_db)))
    return np.resize(soxr.resample(noisy, speech.sample_rate, SAMPLE_RATE), round(seconds * SAMPLE_RATE))
