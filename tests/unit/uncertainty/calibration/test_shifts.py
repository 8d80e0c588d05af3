"""Noise has the level that is asked for, a telephone its band, and both are the same again."""

import numpy as np

from speech2face.uncertainty.calibration.shifts import through_telephone, with_noise

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
