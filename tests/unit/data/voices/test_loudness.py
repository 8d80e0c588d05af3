import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.voices.loudness import SILENCE_DB, loudness_db


def sine(seconds: float, level: float = 1.0) -> np.ndarray:
    return level * np.sin(2 * np.pi * 440 * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)


def test_a_full_scale_sine_is_three_below_full_scale() -> None:
    assert loudness_db(sine(2)) == pytest.approx(-3.01, abs=0.01)
    assert loudness_db(np.round(32767 * sine(2)).astype(np.int16)) == pytest.approx(-3.01, abs=0.01)


@given(st.floats(-50.0, 0.0), st.integers(1, 40_000))
def test_gain_moves_loudness_by_as_much(gain: float, samples: int) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, samples)
    noise[0] = 1.0
    assert loudness_db(noise * 10 ** (gain / 20)) == pytest.approx(loudness_db(noise) + gain, abs=0.01)


def test_pauses_do_not_make_a_talker_quieter() -> None:
    level = loudness_db(sine(3, 0.1))
    for pause in (np.zeros(4 * SAMPLE_RATE), sine(4, 0.001)):
        # Blocks on the edge are partly quiet.
        assert loudness_db(np.concatenate([sine(3, 0.1), pause])) == pytest.approx(level, abs=0.5)
    whole_power = 10 * np.log10(np.mean(np.concatenate([sine(3, 0.1), np.zeros(4 * SAMPLE_RATE)]) ** 2))
    assert level - whole_power > 3


def test_silence_is_the_floor() -> None:
    for samples in (np.zeros(0), np.zeros(5), np.zeros(96_000, np.int16), sine(2, 1e-4)):
        assert loudness_db(samples) == SILENCE_DB
