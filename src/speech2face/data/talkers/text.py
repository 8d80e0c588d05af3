"""Random texts: template sentences in English, numbers in every other language."""

import numpy as np

from speech2face.data.talkers.english import english_sentence

LANGUAGES: tuple[str, ...] = (
    "en-us",
    "en-gb-x-rp",
    "en-gb-scotland",
    "en-gb-x-gbclan",
    "en-029",
    "de",
    "fr",
    "es",
    "ru",
    "hi",
    "cmn",
    "ja",
    "vi",
    "id",
    "sw",
    "am",
)
"""Languages and accents, by the names of espeak-ng's voices."""

# The least that a letter or digit lasts in any of the languages at 260 words a minute, in seconds:
# 85 % of the least measured (0.040 in en-gb-scotland, 0.166 in fr).
_SECONDS_PER_LETTER = 0.034
_SECONDS_PER_DIGIT = 0.14


def sentence(language: str, rng: np.random.Generator) -> str:
    """One sentence for a speaker of `language`, drawn with `rng`.

    English is made of templates; in other languages it is a row of numbers in digits, which espeak-ng reads
    in that language. Raises ValueError for a language that is not in `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise ValueError(f"The talkers do not speak {language!r}: choose one of {', '.join(LANGUAGES)}")
    return english_sentence(rng) if _is_english(language) else _numbers(rng)


def passage(language: str, rng: np.random.Generator, *, seconds: float) -> str:
    """Sentences that last at least `seconds` even in the fastest voice.

    In an ordinary voice they last two to four times as long. Raises ValueError for a language that is not in
    `LANGUAGES`.
    """
    sentences = [sentence(language, rng)]
    while _least_seconds(" ".join(sentences)) < seconds:
        sentences.append(sentence(language, rng))
    return " ".join(sentences)


def _is_english(language: str) -> bool:
    return language.startswith("en-")


def _least_seconds(text: str) -> float:
    digits = sum(character.isdigit() for character in text)
    letters = sum(character.isalpha() for character in text)
    return digits * _SECONDS_PER_DIGIT + letters * _SECONDS_PER_LETTER


def _numbers(rng: np.random.Generator) -> str:
    groups = [_group(rng) for _ in range(rng.integers(3, 7))]
    ending = rng.choice([".", "?", "!"], p=[0.6, 0.2, 0.2])
    return ", ".join(groups) + str(ending)


def _group(rng: np.random.Generator) -> str:
    match rng.integers(5):
        case 0:
            return str(rng.integers(1, 100))
        case 1:
            return str(rng.integers(101, 1000))
        case 2:
            return str(rng.integers(1900, 2040))
        case 3:  # a date
            return f"{rng.integers(1, 29)} {rng.integers(1, 13)} {rng.integers(1950, 2030)}"
        case _:  # a telephone number
            return " ".join(str(digit) for digit in rng.integers(1, 10, size=rng.integers(3, 7)))
