"""One vocabulary for the labels of all data sets.

Words for "not known" become None. Any other unknown word is an error: a label that is silently dropped would be
noticed in the figures at best.
"""

import math
from collections.abc import Mapping

ETHNICITIES = ("african", "asian", "caucasian", "hispanic", "indian", "middle_eastern", "mixed")
"""The first three are the talkers'; the paper's figure 4 has Black, Asian, White and India."""

AGES = (0.0, 130.0)
"""Years between which an age is taken for one."""

_UNKNOWN = {"", "-", "?", "n/a", "na", "nan", "none", "null", "other", "unknown", "unspecified"}
_SEXES = {
    "female": {"f", "female", "woman", "w"},
    "male": {"m", "male", "man"},
}
_ETHNICITIES = {name: {name} for name in ETHNICITIES} | {
    "african": {"african", "african american", "black", "black or african american"},
    "asian": {"asian", "east asian", "southeast asian"},
    "caucasian": {"caucasian", "white"},
    "hispanic": {"hispanic", "latino", "latino_hispanic", "hispanic or latino"},
    "indian": {"india", "indian", "south asian"},
    "middle_eastern": {"middle eastern", "middle_eastern"},
}


def read_sex(word: str) -> str | None:
    """`female` or `male`, or None where it is not known."""
    return _read(word, "sex", _SEXES)


def read_ethnicity(word: str) -> str | None:
    """One of `ETHNICITIES`, or None where it is not known."""
    return _read(word, "ethnicity", _ETHNICITIES)


def read_age(word: str) -> float | None:
    """Years, or None where they are not known."""
    return read_number(word, "an age in years", *AGES)


def read_number(word: str, what: str, least: float, most: float) -> float | None:
    """A number within bounds, or None where it is not known.

    Args:
        what: the number in words, for the message, such as `an age in years`.
    """
    if word.strip().lower() in _UNKNOWN:
        return None
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise ValueError(f"{word!r} is not {what}.")
    return number


def read_name(word: str) -> str | None:
    """A language or a nationality as the data set writes it, or None where it is not known."""
    return None if word.strip().lower() in _UNKNOWN else word.strip()


def _read(word: str, what: str, vocabulary: Mapping[str, set[str]]) -> str | None:
    plain = word.strip().lower()
    if plain in _UNKNOWN:
        return None
    for name, words in vocabulary.items():
        if plain in words:
            return name
    raise ValueError(f"{word!r} is not a {what} that is known here; write one of {', '.join(sorted(vocabulary))}.")
