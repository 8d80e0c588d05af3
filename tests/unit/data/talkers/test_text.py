"""What the talkers say is varied, in every language speakable, and long enough."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.signal import welch

from speech2face.data.talkers import espeak
from speech2face.data.talkers.text import LANGUAGES, passage, sentence
from speech2face.data.talkers.voice import FASTEST_WPM, Synthesiser, VoiceParameters

ENGLISH = [language for language in LANGUAGES if language.startswith("en-")]


@pytest.fixture(scope="module")
def synthesiser() -> Iterator[Synthesiser]:
    with Synthesiser() as opened:
        yield opened


def test_every_language_is_a_voice_of_espeak() -> None:
    assert set(LANGUAGES) <= set(espeak.known_languages())
    assert len(set(LANGUAGES)) == len(LANGUAGES)


def test_english_is_varied_and_clean() -> None:
    rng = np.random.default_rng(0)
    sentences = [sentence("en-us", rng) for _ in range(2_000)]
    assert len(set(sentences)) > 1_990
    assert len({word for text in sentences for word in re.findall("[a-z]+", text.lower())}) > 250
    for text in sentences:
        assert re.fullmatch(r"[A-Z][A-Za-z, ]*[.?!]", text), text
        assert "  " not in text
        assert 6 <= len(text.split()) <= 30


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language not in ENGLISH])
def test_other_languages_say_numbers(language: str) -> None:
    rng = np.random.default_rng(0)
    sentences = {sentence(language, rng) for _ in range(200)}
    assert len(sentences) > 190
    assert all(re.fullmatch(r"[0-9, ]+[.?!]", text) for text in sentences)


def test_same_seed_same_text() -> None:
    for language in ("en-us", "hi"):
        first, again, other = (passage(language, np.random.default_rng(s), seconds=6.0) for s in (1, 1, 2))
        assert first == again != other


@pytest.mark.parametrize("language", LANGUAGES)
def test_passage_lasts_in_the_fastest_voice(synthesiser: Synthesiser, language: str) -> None:
    voice = VoiceParameters(language=language, pitch_hz=150.0, speed_wpm=float(FASTEST_WPM))
    for seed in range(6):
        speech = synthesiser.speak(passage(language, np.random.default_rng(seed), seconds=6.0), voice)
        assert len(speech.samples) >= 6 * speech.sample_rate


def test_each_language_sounds_different(synthesiser: Synthesiser) -> None:
    spectra = {}
    for language in LANGUAGES:
        text = " ".join("0123456789")
        speech = synthesiser.speak(text, VoiceParameters(language=language, pitch_hz=120.0))
        assert 2 < len(speech.samples) / speech.sample_rate < 12, language
        _, power = welch(speech.samples.astype(float), speech.sample_rate, nperseg=512)
        spectra[language] = 10 * np.log10(power[5:100])
    for one in LANGUAGES:
        for two in LANGUAGES:
            if one < two:
                assert np.abs(spectra[one] - spectra[two]).mean() > 0.4, (one, two)


def test_foreign_language_is_an_error_that_lists_the_known() -> None:
    for call in (lambda rng: sentence("tlh", rng), lambda rng: passage("tlh", rng, seconds=1.0)):
        with pytest.raises(ValueError, match=r"do not speak 'tlh'.*\bsw\b"):
            call(np.random.default_rng(0))
