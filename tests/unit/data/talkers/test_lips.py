"""Mouths open with vowels and close in pauses, whatever the loudness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from speech2face.data.talkers.lips import mouth_openness

RATE = 16_000
FPS = 25.0


def vowel(seconds: float, amplitude: float = 8_000, hz: float = 600) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)


def sound(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate(parts).astype(np.int16)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE))


def test_opens_on_a_vowel_and_closes_in_a_pause() -> None:
    openness = mouth_openness(sound(silence(1), vowel(1), silence(1)), RATE, fps=FPS, frames=75)
    assert openness[:23].max() == 0
    assert openness[30:49].min() > 0.95
    assert openness[60:].max() < 0.02


def test_opens_faster_than_it_closes() -> None:
    openness = mouth_openness(sound(silence(1), vowel(1), silence(1)), RATE, fps=100.0, frames=300)
    opening = np.argmax(openness > 0.6) - 100
    closing = np.argmax(openness[200:] < 0.4)
    assert 1 <= opening <= 4
    assert 6 <= closing <= 10


def test_louder_vowel_opens_wider() -> None:
    openness = mouth_openness(sound(vowel(1, 8_000), vowel(1, 1_000)), RATE, fps=FPS, frames=50)
    assert 0.2 < openness[40:48].mean() < openness[10:22].mean() - 0.3


def test_hum_and_hiss_do_not_open_the_mouth() -> None:
    for hz in (50, 7_000):
        parts = sound(vowel(1), silence(0.5), vowel(1, 1_000, hz))
        assert mouth_openness(parts, RATE, fps=FPS, frames=62)[50:].max() < 0.35


@pytest.mark.parametrize("gain", [0.05, 0.5])
def test_loudness_of_the_clip_does_not_matter(gain: float) -> None:
    parts = np.concatenate([vowel(0.4), silence(0.3), vowel(0.5, 4_000)])
    full, soft = (mouth_openness(sound(parts * g), RATE, fps=FPS, frames=30) for g in (1.0, gain))
    np.testing.assert_allclose(soft, full, atol=0.02)


def test_frames_past_the_end_are_closed() -> None:
    openness = mouth_openness(sound(vowel(1)), RATE, fps=FPS, frames=50)
    assert openness[24] > 0.9
    assert openness[25:].max() == 0


@settings(max_examples=40, deadline=None)
@given(
    samples=arrays(np.int16, st.integers(0, 4_000), elements=st.integers(-32_768, 32_767)),
    rate=st.sampled_from([8_000, 16_000, 22_050]),
    fps=st.floats(1, 60),
    frames=st.integers(0, 40),
)
def test_always_between_closed_and_open(samples: np.ndarray, rate: int, fps: float, frames: int) -> None:
    openness = mouth_openness(samples, rate, fps=fps, frames=frames)
    assert openness.shape == (frames,)
    assert np.all((openness >= 0) & (openness <= 1))


def test_silence_keeps_the_mouth_closed() -> None:
    hiss = np.random.default_rng(0).integers(-3, 4, RATE).astype(np.int16)
    assert mouth_openness(hiss, RATE, fps=FPS, frames=25).max() == 0


@pytest.mark.parametrize(("rate", "fps", "frames"), [(RATE, 0.0, 10), (RATE, FPS, -1), (4_000, FPS, 10)])
def test_impossible_requests_are_errors(rate: int, fps: float, frames: int) -> None:
    with pytest.raises(ValueError, match="mouth_openness got"):
        mouth_openness(sound(vowel(0.1)), rate, fps=fps, frames=frames)
