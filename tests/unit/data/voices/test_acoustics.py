"""Acoustic measures against sounds whose truth is known: sums of sines, pulses through resonators, and espeak."""

from collections.abc import Iterator

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import lfilter

from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.talkers.voice import Synthesiser, VoiceParameters
from speech2face.data.voices.acoustics import measure_acoustics
from speech2face.data.voices.features import FEATURES

FORMANTS = [name for name in FEATURES if name.startswith("formant")]
TEXT = (
    "The old captain carried a heavy table into the garden, because the weather was fine. "
    "In the morning everybody walked along the river and looked at the yellow boats."
)


def clock(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def pcm(sound: np.ndarray, peak: float = 0.5) -> np.ndarray:
    return np.round(sound / np.abs(sound).max() * peak * 32767).astype(np.int16)


def harmonics(pitch_hz: float, seconds: float, numbers: range) -> np.ndarray:
    return np.sum([np.cos(2 * np.pi * number * pitch_hz * clock(seconds)) for number in numbers], axis=0)


def pulses(pitch_hz: float, seconds: float) -> np.ndarray:
    """All harmonics below half the sampling rate, equally strong: a pulse train without aliases."""
    return harmonics(pitch_hz, seconds, range(1, int(7900 / pitch_hz) + 1))


def vowel(pitch_hz: float, formants_hz: tuple[float, ...], seconds: float = 1.0) -> np.ndarray:
    """A pulse train, falling by 6 dB an octave as a glottis's does, through resonators 80 Hz wide."""
    sound = lfilter([1], [1, -0.97], pulses(pitch_hz, seconds))
    for formant in formants_hz:
        pole = np.exp((-np.pi * 80 + 2j * np.pi * formant) / SAMPLE_RATE)
        sound = lfilter([1], [1, -2 * pole.real, abs(pole) ** 2], sound)
    return sound


def nothing_voiced(measured: dict[str, float]) -> bool:
    return measured["voiced_ratio"] == 0 and all(np.isnan(measured[n]) for n in FEATURES if n != "voiced_ratio")


@pytest.mark.parametrize("pitch_hz", [63.0, 85.0, 119.3, 207.0, 311.0, 390.0])
@pytest.mark.parametrize("numbers", [range(1, 2), range(1, 9), range(2, 6)], ids=["sine", "tone", "no fundamental"])
def test_pitch_of_tones(pitch_hz: float, numbers: range) -> None:
    measured = measure_acoustics(pcm(harmonics(pitch_hz, 0.5, numbers)))
    assert measured["pitch_hz"] == pytest.approx(pitch_hz, rel=0.001)
    assert measured["pitch_spread_semitones"] < 0.05
    assert measured["voiced_ratio"] == 1


def test_sharp_pulses_are_periodic_at_any_pitch() -> None:
    for pitch_hz in np.geomspace(63, 390, 23):
        measured = measure_acoustics(pcm(pulses(pitch_hz, 0.1)))
        assert measured["pitch_hz"] == pytest.approx(pitch_hz, rel=0.005)
        assert measured["harmonicity_db"] > 15


def test_a_weaker_second_pulse_does_not_double_the_period() -> None:
    train = np.zeros(SAMPLE_RATE)
    train[::100], train[::200] = 0.82, 1.0
    assert measure_acoustics(pcm(lfilter([1], [1, -0.9], train)))["pitch_hz"] == pytest.approx(160, rel=0.01)


@pytest.mark.parametrize(("period", "between"), [(160, 0.95), (80, 0.5)], ids=["octave above", "octave below"])
def test_a_stretch_an_octave_off_does_not_widen_the_spread(period: int, between: float) -> None:
    train = np.zeros(2 * SAMPLE_RATE)
    train[::period] = 1.0
    train[80 : SAMPLE_RATE // 2 : 160] = between
    measured = measure_acoustics(pcm(lfilter([1], [1, -0.9], train)))
    assert measured["pitch_hz"] == pytest.approx(SAMPLE_RATE / period, rel=0.01)
    assert measured["pitch_spread_semitones"] < 0.1


def test_spread_is_that_of_the_melody() -> None:
    swing = 2.0
    octaves = swing / 12 * np.sin(2 * np.pi * clock(4.0))
    phase = 2 * np.pi * np.cumsum(150 * 2**octaves) / SAMPLE_RATE
    measured = measure_acoustics(pcm(np.cos(phase) + np.cos(2 * phase) + np.cos(3 * phase)))
    assert measured["pitch_hz"] == pytest.approx(150, rel=0.01)
    # The 84th percentile of a sine's values.
    assert measured["pitch_spread_semitones"] == pytest.approx(swing * np.sin(np.pi * 0.34), rel=0.03)


@pytest.mark.parametrize("ratio_db", [5.0, 10.0, 20.0])
def test_harmonicity_is_the_power_of_tone_to_noise(ratio_db: float) -> None:
    tone = harmonics(150, 2.0, range(1, 6))
    noise = np.random.default_rng(0).normal(size=tone.size)
    mixed = tone + noise * np.sqrt(np.mean(tone**2) / np.mean(noise**2) * 10 ** (-ratio_db / 10))
    assert measure_acoustics(pcm(mixed))["harmonicity_db"] == pytest.approx(ratio_db, abs=0.7)


def test_harmonicity_of_pure_tones_is_high() -> None:
    for pitch_hz in (100.0, 207.3, 377.7):
        assert measure_acoustics(pcm(harmonics(pitch_hz, 0.5, range(1, 5))))["harmonicity_db"] > 24


def test_a_sound_that_grows_to_both_ends_is_not_more_than_periodic() -> None:
    # In this single frame the correction by the window overshoots.
    sound = harmonics(150, 0.05, range(1, 6)) * (0.1 + np.abs(clock(0.05) - 0.025))
    assert 5 < measure_acoustics(pcm(sound))["harmonicity_db"] < 25


def test_tilt_by_hand() -> None:
    sound = np.cos(2 * np.pi * 200 * clock(0.5)) + 0.1 * np.cos(2 * np.pi * 2000 * clock(0.5))
    sound += 0.1 * np.cos(2 * np.pi * 6000 * clock(0.5))
    assert measure_acoustics(pcm(sound))["spectral_tilt_db"] == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize(
    ("pitch_hz", "formants_hz"),
    [
        (110.0, (700.0, 1200.0, 2600.0, 3500.0, 4500.0)),
        (100.0, (300.0, 2200.0, 2900.0, 3500.0, 4500.0)),
        (120.0, (500.0, 1500.0, 2500.0, 3500.0, 4500.0)),
        (200.0, (600.0, 1800.0, 3000.0, 4100.0)),
    ],
)
def test_formants_are_the_resonators(pitch_hz: float, formants_hz: tuple[float, ...]) -> None:
    measured = measure_acoustics(pcm(vowel(pitch_hz, formants_hz)))
    found = [measured[name] for name in FORMANTS]
    # Harmonics show only samples of the spectrum, and a low formant is drawn to the nearest.
    assert found[0] == pytest.approx(formants_hz[0], abs=pitch_hz / 4)
    assert found[1:] == pytest.approx(formants_hz[1:4], rel=0.02)
    assert measured["pitch_hz"] == pytest.approx(pitch_hz, rel=0.005)


def test_formants_are_those_of_the_middle_of_the_frame() -> None:
    inner, outer = (500.0, 1500.0, 2500.0, 3500.0, 4500.0), (700.0, 1200.0, 2200.0, 3000.0, 4500.0)
    middle = (clock(0.05) >= 0.01) & (clock(0.05) < 0.04)
    measured = measure_acoustics(pcm(np.where(middle, vowel(120, inner, 0.05), vowel(120, outer, 0.05))))
    assert [measured[name] for name in FORMANTS[1:]] == pytest.approx(inner[1:4], rel=0.03)


def test_a_tone_has_pitch_but_no_formants() -> None:
    measured = measure_acoustics(pcm(harmonics(200, 0.5, range(1, 2))))
    assert measured["pitch_hz"] == pytest.approx(200, rel=0.005)
    assert np.isnan([measured[name] for name in FORMANTS]).all()


@pytest.mark.parametrize(
    ("beats_hz", "dip_db", "rate"),
    [(4.0, 6.0, 4.0), (4.0, 3.0, 4.0), (4.0, 1.0, 0.0), (15.0, 4.0, 0.0)],
    ids=["deep", "enough", "shallow", "too fast for syllables"],
)
def test_syllables_are_peaks_between_dips(beats_hz: float, dip_db: float, rate: float) -> None:
    gain = 10 ** (-dip_db / 2 * np.cos(2 * np.pi * beats_hz * clock(3.0)) / 20)
    assert measure_acoustics(pcm(gain * pulses(120, 3.0)))["syllable_rate_hz"] == pytest.approx(rate)


def test_only_voiced_peaks_are_syllables() -> None:
    beat = np.exp(-(((clock(4.0) % 0.5) - 0.25) ** 2) / 0.004)
    noise = np.random.default_rng(0).normal(size=beat.size)
    second_half = clock(4.0) >= 2
    sound = pcm(beat * np.where(second_half, noise * 3, pulses(120, 4.0)))
    assert measure_acoustics(sound)["syllable_rate_hz"] == pytest.approx(1.0)


def test_pauses_change_the_shares_and_nothing_else() -> None:
    sound = pcm(vowel(120, (500.0, 1500.0, 2500.0, 3500.0, 4500.0), seconds=2.0))
    alone = measure_acoustics(sound)
    quiet = (np.random.default_rng(0).normal(size=sound.size) * 3).astype(np.int16)
    hum = pcm(harmonics(200, 2.0, range(1, 4)), peak=0.005)
    for pause in (np.zeros_like(sound), quiet, hum):
        measured = measure_acoustics(np.concatenate([sound, pause]))
        assert measured["voiced_ratio"] == pytest.approx(0.5, abs=0.01)
        for name in ("pitch_hz", *FORMANTS, "spectral_tilt_db", "harmonicity_db"):
            assert measured[name] == pytest.approx(alone[name], rel=0.01), name


def test_gain_does_not_matter() -> None:
    sound = vowel(120, (500.0, 1500.0, 2500.0, 3500.0, 4500.0))
    loud, soft = (measure_acoustics(pcm(sound, peak)) for peak in (0.9, 0.05))
    assert list(loud.values()) == pytest.approx(list(soft.values()), rel=0.02, abs=0.01)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(96_000, np.int16),
        np.full(16_000, 12_000, np.int16),
        np.zeros(0, np.int16),
        np.ones(1, np.int16),
        (np.random.default_rng(0).normal(size=96_000) * 3000).astype(np.int16),
        np.random.default_rng(0).integers(-1, 2, 16_000).astype(np.int16),
    ],
    ids=["silence", "constant", "empty", "one sample", "noise", "last bit"],
)
def test_nothing_voiced_is_nan(samples: np.ndarray) -> None:
    measured = measure_acoustics(samples)
    assert tuple(measured) == FEATURES
    assert nothing_voiced(measured)


@pytest.mark.parametrize("seconds", [0.03, 0.05, 0.1])
def test_short_sounds_have_a_pitch(seconds: float) -> None:
    measured = measure_acoustics(pcm(vowel(150, (500.0, 1500.0, 2500.0, 3500.0, 4500.0), seconds)))
    assert measured["pitch_hz"] == pytest.approx(150, rel=0.03)


@given(arrays(np.int16, st.integers(0, 3000)))
def test_any_sound_is_measured(samples: np.ndarray) -> None:
    measured = measure_acoustics(samples)
    assert tuple(measured) == FEATURES
    if not nothing_voiced(measured):
        assert 55 < measured["pitch_hz"] < 420
        assert 0 < measured["voiced_ratio"] <= 1 and measured["syllable_rate_hz"] >= 0
        assert np.isfinite([measured["spectral_tilt_db"], measured["harmonicity_db"]]).all()
        formants = [measured[name] for name in FORMANTS]
        assert np.isnan(formants).all() or formants == sorted(formants)


def test_other_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="mono"):
        measure_acoustics(np.zeros((2, 100), np.int16))
    with pytest.raises(ValueError, match="int32"):
        measure_acoustics(np.zeros(100, np.int32))


@pytest.fixture(scope="module")
def synthesiser() -> Iterator[Synthesiser]:
    with Synthesiser() as opened:
        yield opened


def spoken(synthesiser: Synthesiser, **voice: float) -> dict[str, float]:
    """What is measured of a text that a voice of the invented world speaks."""
    speech = synthesiser.speak(TEXT, VoiceParameters(language="en-us", **voice))
    return measure_acoustics(soxr.resample(speech.samples, speech.sample_rate, SAMPLE_RATE))


@pytest.mark.parametrize("pitch_hz", [85.0, 120.0, 170.0, 240.0])
@pytest.mark.parametrize("other", [{}, {"breath": 40.0}, {"roughness": 6.0}, {"formant_scale": 1.2}])
def test_pitch_of_spoken_voices(synthesiser: Synthesiser, pitch_hz: float, other: dict[str, float]) -> None:
    assert spoken(synthesiser, pitch_hz=pitch_hz, **other)["pitch_hz"] == pytest.approx(pitch_hz, rel=0.08)


@pytest.mark.parametrize("scale", [0.9, 1.1, 1.2])
def test_formants_of_spoken_voices_follow_their_scale(synthesiser: Synthesiser, scale: float) -> None:
    plain, scaled = (spoken(synthesiser, pitch_hz=120.0, formant_scale=factor) for factor in (1.0, scale))
    ratios = np.array([scaled[name] / plain[name] for name in FORMANTS])
    assert ratios[2:] == pytest.approx(scale, rel=0.03)
    assert ratios == pytest.approx(scale, rel=0.08)


def test_melody_breath_and_speed_are_heard(synthesiser: Synthesiser) -> None:
    plain = spoken(synthesiser, pitch_hz=120.0, pitch_range=0.2)
    lively = spoken(synthesiser, pitch_hz=120.0, pitch_range=0.6)
    breathy = spoken(synthesiser, pitch_hz=120.0, pitch_range=0.2, breath=50.0)
    fast = spoken(synthesiser, pitch_hz=120.0, pitch_range=0.2, speed_wpm=220.0)
    assert lively["pitch_spread_semitones"] > 2 * plain["pitch_spread_semitones"]
    assert breathy["harmonicity_db"] < plain["harmonicity_db"] - 2
    assert breathy["spectral_tilt_db"] > plain["spectral_tilt_db"] + 1
    assert fast["syllable_rate_hz"] > 1.15 * plain["syllable_rate_hz"]
    assert 2.5 < plain["syllable_rate_hz"] < 6
