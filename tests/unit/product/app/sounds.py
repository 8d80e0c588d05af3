"""Recordings for the tests of the page."""

import io
import wave

import numpy as np

RATE = 16000


def tone(pitch: float, seconds: float = 2.0) -> np.ndarray:
    """A tone that comes and goes, int16 at 16 kHz; another one for each pitch in Hz."""
    time = np.arange(round(RATE * seconds)) / RATE
    return (np.sin(2 * np.pi * pitch * time) * np.sin(6 * np.pi * time) * 9000).astype(np.int16)


def wav(sound: np.ndarray, rate: int = RATE) -> bytes:
    """It as a WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, rate, len(sound), "NONE", ""))
        file.writeframes(sound.astype("<i2").tobytes())
    return buffer.getvalue()
