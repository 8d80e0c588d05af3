"""A synthetic voice."""

from pathlib import Path

import numpy as np
import soundfile
import soxr

from speech2face.data.talkers.text import passage
from speech2face.data.talkers.voice import Synthesiser, VoiceParameters


def speak() -> np.ndarray:
    """Twenty seconds of a voice, int16 at 16 kHz."""
    with Synthesiser() as synthesiser:
        text = passage("en-us", np.random.default_rng(0), seconds=20.0)
        spoken = synthesiser.speak(text, VoiceParameters(language="en-us", pitch_hz=120))
    return soxr.resample(spoken.samples, spoken.sample_rate, 16_000)[: 20 * 16_000]


def write_voice(path: Path) -> None:
    """Write it as a WAV file."""
    soundfile.write(path, speak(), 16_000)
