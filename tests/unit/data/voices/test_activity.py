import importlib.metadata

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from scipy.signal import resample_poly

from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.talkers.voice import Synthesiser, VoiceParameters
from speech2face.data.voices import activity, activity_network
from speech2face.data.voices.activity import Segment, SpeechDetector
from speech2face.data.voices.activity_network import RELEASED


@pytest.fixture(scope="module")
def detector() -> SpeechDetector:
    torch.set_num_threads(1)
    return SpeechDetector()


@pytest.fixture(scope="module")
def spoken() -> np.ndarray:
    """A sentence by a synthetic man, without the silence around it."""
    text = "The old captain carried a heavy table into the garden, because the weather was fine."
    with Synthesiser() as synthesiser:
        speech = synthesiser.speak(text, VoiceParameters(language="en-us", pitch_hz=110.0))
    sound = resample_poly(speech.samples / 32768.0, SAMPLE_RATE, speech.sample_rate).astype(np.float32)
    heard = np.flatnonzero(abs(sound) > 0.01)
    return sound[heard[0] : heard[-1]]


@pytest.fixture(scope="module")
def recording(spoken: np.ndarray) -> np.ndarray:
    """A second of silence, the sentence, a second and a half of silence, the sentence without its end."""
    parts = [np.zeros(SAMPLE_RATE), spoken, np.zeros(SAMPLE_RATE * 3 // 2), spoken[:24_100]]
    return np.concatenate(parts).astype(np.float32)


@pytest.fixture(scope="module")
def released() -> torch.nn.Module:
    package = importlib.metadata.distribution("silero-vad")
    return torch.jit.load(str(package.locate_file("silero_vad/data/silero_vad.jit")))


@pytest.mark.filterwarnings("ignore:`torch.jit.load` is deprecated")
def test_weights_are_those_of_the_released_model(released: torch.nn.Module) -> None:
    """A new release is copied by writing `expected` to the file RELEASED."""
    state = released.state_dict()
    expected = {"spectrum.weight": state["_model.stft.forward_basis_buffer"]}
    for kind in ("weight", "bias"):
        for index in range(4):
            expected[f"encoder.{index}.{kind}"] = state[f"_model.encoder.{index}.reparam_conv.{kind}"]
        for side in ("ih", "hh"):
            expected[f"cell.{kind}_{side}"] = state[f"_model.decoder.rnn.{kind}_{side}"]
        expected[f"decision.{kind}"] = state[f"_model.decoder.decoder.2.{kind}"]
    copied = load_file(RELEASED)
    assert copied.keys() == expected.keys()
    assert all(torch.equal(copied[name], value) for name, value in expected.items())


@pytest.mark.filterwarnings("ignore:`torch.jit.load` is deprecated")
def test_probabilities_are_those_of_the_released_model(
    detector: SpeechDetector, recording: np.ndarray, released: torch.nn.Module
) -> None:
    padded = np.pad(recording, (0, -recording.size % 512))
    released.reset_states()
    with torch.inference_mode():
        expected = [released(torch.tensor(window), SAMPLE_RATE).item() for window in padded.reshape(-1, 512)]
    found = detector.probabilities(recording)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert found.max() > 0.8 and found.min() < 0.1


def test_speech_is_found_and_silence_is_not(
    detector: SpeechDetector, recording: np.ndarray, spoken: np.ndarray
) -> None:
    segments = detector.segments(recording)
    near = 0.3 * SAMPLE_RATE
    truth = [(SAMPLE_RATE, SAMPLE_RATE + spoken.size), (recording.size - 24_100, recording.size)]
    for start, end in truth:
        assert any(abs(each.start - start) < near for each in segments)
        assert any(abs(each.end - end) < near for each in segments)
    assert all(any(start - near < s.start and s.end < end + near for start, end in truth) for s in segments)
    ratio = sum(each.end - each.start for each in segments) / recording.size
    assert detector.speech_ratio(recording) == pytest.approx(ratio)
    assert ratio == pytest.approx((spoken.size + 24_100) / recording.size, abs=0.08)
    pcm = np.round(recording * 32767).astype(np.int16)
    assert detector.speech_ratio(pcm) == pytest.approx(ratio, abs=0.02)


def test_other_sound_is_not_speech(detector: SpeechDetector) -> None:
    rng = np.random.default_rng(0)
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(48_000) / SAMPLE_RATE)
    for samples in (np.zeros(48_000, np.int16), 0.1 * rng.normal(size=48_000), tone, np.zeros(0), np.zeros(3)):
        assert detector.speech_ratio(samples) == 0.0


def test_the_same_samples_give_the_same_probabilities(
    detector: SpeechDetector, recording: np.ndarray, spoken: np.ndarray
) -> None:
    first = detector.probabilities(recording)
    detector.probabilities(spoken)
    np.testing.assert_array_equal(detector.probabilities(recording), first)


@given(st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.45, 0.6, 1.0]), max_size=80), st.integers(0, 511))
def test_segments_are_ordered_long_enough_and_inside(probabilities: list[float], missing: int) -> None:
    samples = max(0, len(probabilities) * 512 - missing)
    found = activity._segments(np.array(probabilities), samples)
    edges = [edge for each in found for edge in (each.start, each.end)]
    assert edges == sorted(edges) and all(0 <= edge <= samples for edge in edges)
    assert all(each.end - each.start > 4000 for each in found)
    for each in found:
        assert max(probabilities[each.start // 512 : -(-each.end // 512)]) >= 0.5


def test_segments_by_hand() -> None:
    quiet, loud = [0.0], [1.0]
    # Ten windows of speech, a gap of three (96 ms) that is bridged, ten more, then a pause that is not.
    windows = quiet * 5 + loud * 10 + quiet * 3 + loud * 10 + quiet * 10 + loud * 7 + quiet * 10 + loud * 9
    found = activity._segments(np.array(windows), len(windows) * 512 - 100)
    # The seven windows (224 ms) are too short. Margins are 480 samples.
    assert found == [
        Segment(start=5 * 512 - 480, end=28 * 512 + 480),
        Segment(start=55 * 512 - 480, end=64 * 512 - 100),
    ]


def test_margins_share_a_short_pause() -> None:
    windows = [1.0] * 10 + [0.0] * 4 + [0.4] + [1.0] * 10
    assert activity._segments(np.array(windows), 25 * 512) == [Segment(start=0, end=25 * 512)]
    pair = [Segment(start=600, end=5000), Segment(start=5601, end=12000)]
    assert activity._with_margins(pair, 12_100) == [
        Segment(start=120, end=5300),
        Segment(start=5301, end=12_100),
    ]


def test_other_weights_than_the_released_ones_are_not_loaded(tmp_path, monkeypatch):
    changed = bytearray(RELEASED.read_bytes())
    changed[-1] ^= 1
    (tmp_path / "vad.safetensors").write_bytes(changed)
    monkeypatch.setattr(activity_network, "RELEASED", tmp_path / "vad.safetensors")
    with pytest.raises(ValueError, match=r"^vad\.safetensors has SHA-256 .*: reinstall speech2face\.$"):
        SpeechDetector()
