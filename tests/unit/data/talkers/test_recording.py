"""Recordings of talkers: as long as asked for, with the noise asked for, the same again."""

import numpy as np
import pytest

from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.talkers.recording import add_noise, record, speak
from speech2face.data.talkers.voice import Synthesiser, VoiceParameters

VOICE = VoiceParameters(language="en-us", pitch_hz=120)


@pytest.mark.parametrize("ratio", [10.0, 30.0])
def test_noise_has_the_power_asked_for(ratio):
    rng = np.random.default_rng(0)
    sound = (8000 * np.sin(np.arange(50000) / 20)).astype(np.int16)
    noise = add_noise(sound, rng, signal_to_noise_db=ratio).astype(float) - sound
    measured = 10 * np.log10(np.mean(sound.astype(float) ** 2) / np.mean(noise**2))
    assert measured == pytest.approx(ratio, abs=0.3)


def test_noise_on_loud_sound_does_not_clip():
    loud = np.tile(np.array([32767, -32768], np.int16), 1000)
    assert np.abs(add_noise(loud, np.random.default_rng(0), signal_to_noise_db=0.0).astype(int)).max() <= 32000


def test_recordings_are_the_speech_at_16_khz_with_noise():
    with Synthesiser() as synthesiser:
        speech = speak(synthesiser, VOICE, np.random.default_rng(3), seconds=1.5)
        clear, noisy, again = (
            record(synthesiser, VOICE, np.random.default_rng(3), seconds=1.5, noise_db=(db, db)) for db in (60, 10, 10)
        )
    assert len(speech.samples) == round(1.5 * speech.sample_rate)
    assert clear.dtype == np.int16
    assert len(clear) == len(noisy) == 1.5 * SAMPLE_RATE
    assert np.array_equal(noisy, again)
    power = np.mean(clear.astype(float) ** 2)
    # Half of the band of the noise ends at 8 kHz: its power falls with it.
    left = np.mean((noisy - clear.astype(float)) ** 2) * speech.sample_rate / SAMPLE_RATE
    assert 10 * np.log10(power / left) == pytest.approx(10, abs=0.5)
