"""Noise has the level that is asked for, a telephone its band, and both are the same again."""

import numpy as np
import pytest

from speech2face.uncertainty.calibration.shifts import (
    GRADED,
    louder,
    through_telephone,
    with_noise,
    with_reverberation,
)

SAMPLE_RATE = 16_000
TIME = np.arange(SAMPLE_RATE * 2) / SAMPLE_RATE


def tone(hertz):
    return (8000 * np.sin(2 * np.pi * hertz * TIME)).astype(np.int16)


def test_noise_has_its_level():
    clean = tone(440)
    added = with_noise(clean, (10.0, 10.0), "a").astype(float) - clean
    assert 9.5 <= 10 * np.log10(np.mean(clean.astype(float) ** 2) / np.mean(added**2)) <= 10.5
    assert (with_noise(clean, (5.0, 15.0), "a") == with_noise(clean, (5.0, 15.0), "a")).all()
    assert (with_noise(clean, (5.0, 15.0), "a") != with_noise(clean, (5.0, 15.0), "b")).any()


def test_telephone_leaves_its_band():
    power = {hertz: np.std(through_telephone(tone(hertz), (300.0, 3400.0)).astype(float)) for hertz in (80, 1000, 6000)}
    assert power[1000] > 0.9 * np.std(tone(1000).astype(float))
    assert power[80] < 0.01 * power[1000]
    assert power[6000] < 0.02 * power[1000]


def test_an_echo_is_as_strong_as_the_sound_and_dies_in_its_time():
    click = np.zeros(SAMPLE_RATE, np.int16)
    click[0] = 20_000
    echo = with_reverberation(click, 0.4, "a").astype(float)[1:]
    power = np.convolve(echo**2, np.ones(320), "valid")
    assert 10 * np.log10(power[0] / power[3200]) == pytest.approx(30, abs=3)
    assert (echo[6400:] == 0).all()
    assert 0.7 < np.linalg.norm(echo) / 20_000 < 1.3


def test_loudness_is_what_is_asked_for():
    assert np.std(louder(tone(440), -20.0)) == pytest.approx(np.std(tone(440)) / 10, rel=0.01)


def test_graded_shifts_change_the_sound_and_are_the_same_again():
    noise = np.random.default_rng(0).normal(size=SAMPLE_RATE) * 2000
    sound = noise.astype(np.int16)
    for name, shift in GRADED.items():
        assert shift(sound, "a").shape == sound.shape, name
        assert (shift(sound, "a") != sound).any(), name
        assert (shift(sound, "a") == shift(sound, "a")).all(), name
