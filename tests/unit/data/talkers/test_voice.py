"""The voice has the properties that its parameters set, and its bytes depend on them and the text alone."""

import _ctypes
import ctypes
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import espeakng_loader
import numpy as np
import pytest
from scipy.linalg import solve_toeplitz
from scipy.signal import lfilter, resample_poly, welch

from speech2face.data.talkers import espeak
from speech2face.data.talkers.text import passage
from speech2face.data.talkers.voice import Speech, Synthesiser, VoiceParameters

TEXT = (
    "The old captain carried a heavy table into the garden, because the weather was fine. "
    "In the morning everybody walked along the river and looked at the yellow boats."
)
MAN = VoiceParameters(language="en-us", pitch_hz=110.0)


@pytest.fixture(scope="module")
def synthesiser() -> Iterator[Synthesiser]:
    with Synthesiser() as opened:
        yield opened


def loud_frames(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(float), length)[::hop]
    energy = np.square(frames).mean(axis=1)
    return frames[energy > 0.1 * np.percentile(energy, 95)]


def pitch_and_periodicity(speech: Speech) -> tuple[np.ndarray, np.ndarray]:
    """Pitch in Hz and height of the autocorrelation peak (1 is periodic), of each voiced frame."""
    length = speech.sample_rate // 20
    window = np.hanning(length)
    frames = loud_frames(speech.samples, length, speech.sample_rate // 100)
    frames = (frames - frames.mean(axis=1, keepdims=True)) * window

    def correlation(x: np.ndarray) -> np.ndarray:
        power = np.square(np.abs(np.fft.rfft(x, 4 * length)))
        lags = np.fft.irfft(power)[..., :length]
        return lags / lags[..., :1]

    shortest, longest = speech.sample_rate // 450, speech.sample_rate // 50
    peaks = (correlation(frames) / correlation(window))[:, shortest:longest]
    pitch, periodicity = [], []
    for row in peaks:
        high = (row[1:-1] > row[:-2]) & (row[1:-1] >= row[2:]) & (row[1:-1] > 0.85 * row.max())
        if row.max() > 0.5 and high.any():
            lag = int(np.argmax(high)) + 1
            pitch.append(speech.sample_rate / (shortest + lag))
            periodicity.append(row[lag])
    return np.array(pitch), np.array(periodicity)


def formants_hz(speech: Speech) -> np.ndarray:
    """Medians of the first three formants by linear prediction at 10 kHz."""
    sound = lfilter([1, -0.97], 1, resample_poly(speech.samples.astype(float), 10_000, speech.sample_rate))
    found = []
    for frame in loud_frames(sound, 300, 100) * np.hamming(300):
        lags = np.correlate(frame, frame, "full")[299:310]
        lags[0] *= 1.0001
        poles = np.roots([1, *-solve_toeplitz(lags[:10], lags[1:])])
        poles = poles[(poles.imag > 0.01) & (np.abs(poles) > np.exp(-np.pi * 400 / 10_000))]
        frequencies = np.sort(np.angle(poles)) * 10_000 / (2 * np.pi)
        frequencies = frequencies[frequencies > 200]
        if len(frequencies) >= 3:
            found.append(frequencies[:3])
    return np.median(found, axis=0)


def share_above(speech: Speech, hz: float) -> float:
    frequencies, power = welch(speech.samples.astype(float), speech.sample_rate, nperseg=1024)
    return float(power[frequencies > hz].sum() / power.sum())


@pytest.mark.parametrize("language", ["en-us", "fr", "cmn", "vi", "sw"])
@pytest.mark.parametrize("pitch_hz", [85.0, 130.0, 260.0])
def test_pitch_is_what_was_asked_for(synthesiser: Synthesiser, language: str, pitch_hz: float) -> None:
    text = passage(language, np.random.default_rng(7), seconds=4.0)
    speech = synthesiser.speak(text, VoiceParameters(language=language, pitch_hz=pitch_hz))
    assert np.median(pitch_and_periodicity(speech)[0]) == pytest.approx(pitch_hz, rel=0.05)


@pytest.mark.parametrize("language", ["en-us", "cmn"])
def test_the_first_seconds_are_those_of_the_whole_and_no_more_is_synthesised(
    synthesiser: Synthesiser, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = passage(language, np.random.default_rng(7), seconds=4.0)
    voice = VoiceParameters(language=language, pitch_hz=130.0, roughness=5.0, breath=30.0)
    whole = synthesiser.speak(text, voice)
    received: list[int] = []

    def string_at(address: int, size: int) -> bytes:
        received.append(size // 2)
        return ctypes.string_at(address, size)

    monkeypatch.setattr(espeak, "ctypes", SimpleNamespace(**vars(ctypes) | {"string_at": string_at}))
    start = synthesiser.speak(text, voice, seconds=1.5)
    np.testing.assert_array_equal(start.samples, whole.samples[: round(1.5 * whole.sample_rate)])
    assert sum(received) < 0.6 * len(whole.samples)
    np.testing.assert_array_equal(synthesiser.speak(text, voice).samples, whole.samples)


def test_pitch_range_widens_intonation(synthesiser: Synthesiser) -> None:
    spreads = []
    for pitch_range in (0.0, 0.3, 0.6):
        pitch, _ = pitch_and_periodicity(synthesiser.speak(TEXT, replace(MAN, pitch_range=pitch_range)))
        low, high = np.percentile(pitch, [5, 95])
        spreads.append((high - low) / MAN.pitch_hz)
    assert spreads[0] < 0.06
    assert spreads[1] == pytest.approx(0.23, abs=0.06)
    assert spreads[2] == pytest.approx(0.45, abs=0.09)


def test_formant_scale_moves_formants_and_leaves_pitch(synthesiser: Synthesiser) -> None:
    plain = synthesiser.speak(TEXT, MAN)
    for scale in (0.9, 1.1, 1.2):
        scaled = synthesiser.speak(TEXT, replace(MAN, formant_scale=scale))
        ratio = formants_hz(scaled) / formants_hz(plain)
        assert ratio[2] == pytest.approx(scale, rel=0.04)
        assert ratio.mean() == pytest.approx(scale, rel=0.07)
        pitches = [np.median(pitch_and_periodicity(speech)[0]) for speech in (plain, scaled)]
        assert pitches[1] == pytest.approx(pitches[0], rel=0.03)


def test_pitch_leaves_formants(synthesiser: Synthesiser) -> None:
    low, high = (formants_hz(synthesiser.speak(TEXT, replace(MAN, pitch_hz=pitch))) for pitch in (90.0, 200.0))
    np.testing.assert_allclose(high, low, rtol=0.1)


def test_speed_moves_the_rate(synthesiser: Synthesiser) -> None:
    slow, fast = (len(synthesiser.speak(TEXT, replace(MAN, speed_wpm=wpm)).samples) for wpm in (110.0, 220.0))
    assert slow / fast == pytest.approx(2, rel=0.12)


def test_roughness_breaks_the_period(synthesiser: Synthesiser) -> None:
    periodicity = [
        pitch_and_periodicity(synthesiser.speak(TEXT, replace(MAN, roughness=roughness)))[1].mean()
        for roughness in (0.0, 5.0, 7.0)
    ]
    assert periodicity[0] > periodicity[1] + 0.005 > periodicity[2] + 0.005


def test_breath_adds_noise(synthesiser: Synthesiser) -> None:
    voices = [synthesiser.speak(TEXT, replace(MAN, breath=breath)) for breath in (0.0, 25.0, 60.0)]
    periodicity = [pitch_and_periodicity(speech)[1].mean() for speech in voices]
    assert periodicity[0] > periodicity[1] + 0.01 > periodicity[2] + 0.02
    highs = [share_above(speech, 1500) for speech in voices]
    assert highs[0] < highs[1] < highs[2]


def test_sound_depends_on_text_and_parameters_alone(synthesiser: Synthesiser) -> None:
    voices = [
        replace(MAN, roughness=6.0, breath=30.0),
        VoiceParameters(language="vi", pitch_hz=240.0, breath=50.0, formant_scale=1.2),
        replace(MAN, language="en-029", speed_wpm=250.0, pitch_range=0.8),
    ]
    forward = [synthesiser.speak(TEXT, voice).samples.tobytes() for voice in voices]
    backward = [synthesiser.speak(TEXT, voice).samples.tobytes() for voice in reversed(voices)]
    assert forward == backward[::-1]
    assert len(set(forward)) == len(voices)


def test_another_process_speaks_the_same_bytes(synthesiser: Synthesiser) -> None:
    voice = replace(MAN, roughness=6.0, breath=30.0)
    script = (
        "import hashlib\nfrom speech2face.data.talkers.voice import Synthesiser, VoiceParameters\n"
        f"with Synthesiser() as s: print(hashlib.sha256(s.speak({TEXT!r}, {voice!r}).samples).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    time.sleep(1.1)  # espeak-ng seeds its noise from the second that the clock shows
    here = hashlib.sha256(synthesiser.speak(TEXT, voice).samples.tobytes()).hexdigest()
    assert other.stdout.strip() == here


def test_loudest_voices_stay_below_full_scale(synthesiser: Synthesiser) -> None:
    for language in ("en-gb-scotland", "es", "vi"):
        text = passage(language, np.random.default_rng(3), seconds=3.0)
        voice = VoiceParameters(language=language, pitch_hz=300.0, formant_scale=1.25, breath=60.0)
        speech = synthesiser.speak(text, voice)
        assert speech.sample_rate == 22050
        assert speech.samples.dtype == np.int16
        assert 5_000 < np.abs(speech.samples.astype(int)).max() < 32_000


def test_unknown_language_is_an_error_that_lists_the_known(synthesiser: Synthesiser) -> None:
    with pytest.raises(ValueError, match=r"no voice 'en-gb'.*\bcmn\b.*\ben-gb-x-rp\b"):
        synthesiser.speak(TEXT, replace(MAN, language="en-gb"))


@pytest.mark.parametrize("text", ["", " ... ", "one\0two"])
def test_text_without_words_is_an_error(synthesiser: Synthesiser, text: str) -> None:
    with pytest.raises(ValueError, match="Nothing to speak"):
        synthesiser.speak(text, MAN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pitch_hz": 20.0},
        {"formant_scale": 2.0},
        {"roughness": 8.0},
        {"breath": -1.0},
        {"speed_wpm": float("nan")},
    ],
)
def test_parameters_out_of_range_are_errors(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"VoiceParameters.{next(iter(wrong))}"):
        replace(MAN, **wrong)


def test_second_synthesiser_is_refused_until_the_first_is_closed(synthesiser: Synthesiser) -> None:
    with pytest.raises(RuntimeError, match="has a Synthesiser already"):
        Synthesiser()
    assert len(synthesiser.speak("Still here.", MAN).samples)


def test_library_loaded_by_someone_else_is_refused(synthesiser: Synthesiser) -> None:
    other = ctypes.CDLL(espeakng_loader.get_library_path())
    try:
        with pytest.raises(RuntimeError, match="loaded in this process already"):
            synthesiser.speak(TEXT, MAN)
    finally:
        _ctypes.dlclose(other._handle)
    assert len(synthesiser.speak("Free again.", MAN).samples)


def test_closing_removes_the_files_and_ends_speech(tmp_path_factory: pytest.TempPathFactory) -> None:
    script = (
        "import os, tempfile, pathlib\n"
        "from speech2face.data.talkers.voice import Synthesiser, VoiceParameters\n"
        "voice = VoiceParameters(language='de', pitch_hz=100.0)\n"
        "first = Synthesiser(); first.speak('1, 2, 3.', voice); first.close(); first.close()\n"
        "assert not list(pathlib.Path(tempfile.gettempdir()).iterdir())\n"
        "with Synthesiser() as second: second.speak('1', voice)\n"
        "try: first.speak('1', voice)\n"
        "except RuntimeError as error: print(error)\n"
    )
    folder = tmp_path_factory.mktemp("t")
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert "closed" in ended.stdout


def test_temporary_path_too_long_for_espeak_is_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("t") / ("long" * 40)
    folder.mkdir()
    script = (
        "from speech2face.data.talkers.voice import Synthesiser, VoiceParameters\n"
        "Synthesiser().speak('1', VoiceParameters(language='de', pitch_hz=100.0))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert "RuntimeError: espeak-ng did not start from its data" in ended.stderr
