"""What data sets say of people: one definition an attribute, which every phase iterates over.

An attribute that is added to `ATTRIBUTES` is a column of the manifest, and is read from tables by its `reader`. If it
is calibrated, it is also fitted, and appears in answers, their sentences, the page, the model card and the audit.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from speech2face.data.sources.labels import AGES, read_age, read_ethnicity, read_name, read_sex

INVENTED = "invented talkers"
"""The origin of clips that show nobody."""
NEVER_CALIBRATED = ("ethnicity",)
"""Never given for one voice: inferring race from biometric data is forbidden in the European Union (AI Act, Article
5(1)(g)). Ethnicity is measured over many people only."""


class Kind(StrEnum):
    """Whether the values of an attribute are classes or numbers."""

    CLASS = "class"
    NUMBER = "number"


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """Something that is known of a person.

    Raises:
        ValueError: it must not be calibrated.
    """

    name: str
    """Column of the manifest, and key in answers."""
    kind: Kind
    reader: Callable[[str], Any]
    """Reads the true value from a word of a data set; None where the word stands for "not known"."""
    plural: str = ""
    """Key of its classes, or of its calibration scores, in the files of a calibration; by default `name` and an s."""
    unit: str = ""
    """Of numbers."""
    bounds: tuple[float, float] = (0.0, 1e3)
    """Of numbers that can occur: no interval reaches beyond."""
    scale: tuple[float, float] | None = None
    """The scale that intervals are drawn on; by default `bounds`."""
    step: float | None = None
    """Numbers so far apart are calibrated each by itself (label-conditional conformal prediction), so that the
    coverage holds at each of them, and not only on average; None: on average."""
    given: str | None = None
    """Number that classes are calibrated at: with the people of a class of whom about the same number is predicted."""
    bands: tuple[float, ...] = ()
    """Where bands of numbers begin that coverage is counted in; there is one more band below the first."""
    calibrated: bool = True
    """Whether answers to single voices say something of it."""
    grouped: bool = True
    """Whether coverage is counted by its classes or bands."""

    def __post_init__(self) -> None:
        if self.calibrated and self.name in NEVER_CALIBRATED:
            raise ValueError(f"{self.name} must not be calibrated: it is never given for one voice.")

    @property
    def words(self) -> str:
        """The name in a sentence."""
        return self.name.replace("_", " ")

    @property
    def key(self) -> str:
        """`plural`, also where none is given."""
        return self.plural or f"{self.name}s"

    def band(self, number: float | None) -> str | None:
        """The band of a number by its first number, such as `20` for 20 to 29; None where it is not known."""
        if number is None or math.isnan(number):
            return None
        begun = [start for start in self.bands if number >= start]
        return f"{begun[-1]:g}" if begun else f"<{self.bands[0]:g}"

    def group_name(self, value: str) -> str:
        """A class or band in words, such as `sex: female` or `age: 20 to 29`."""
        starts = [f"{start:g}" for start in self.bands]
        if value not in starts:
            return f"{self.name}: {value}"
        following = starts.index(value) + 1
        if following == len(starts):
            return f"{self.name}: {value} or more"
        return f"{self.name}: {value} to {self.bands[following] - 1:g}"


SEX = Attribute(name="sex", kind=Kind.CLASS, reader=read_sex, plural="sexes", given="age")
"""Calibrated at the age: voices of the sexes come nearer to each other with age, and a set that covers people of all
ages would miss too many of the old."""
AGE = Attribute(
    name="age",
    kind=Kind.NUMBER,
    reader=read_age,
    unit="years",
    bounds=AGES,
    scale=(0.0, 100.0),
    step=1.0,
    bands=(10, 20, 30, 40, 50, 60, 70, 80),
)
"""Calibrated at every age: a prediction lies between a person's age and the mean of all, and an interval around it
would miss the youngest and the oldest most often."""
ETHNICITY = Attribute(name="ethnicity", kind=Kind.CLASS, reader=read_ethnicity, calibrated=False, grouped=False)
LANGUAGE = Attribute(name="language", kind=Kind.CLASS, reader=read_name, calibrated=False)
NATIONALITY = Attribute(name="nationality", kind=Kind.CLASS, reader=read_name, calibrated=False, grouped=False)

ATTRIBUTES: tuple[Attribute, ...] = (SEX, AGE, ETHNICITY, LANGUAGE, NATIONALITY)
"""All of them, in the order of the manifest's columns."""


def calibrated(kind: Kind | None = None) -> Iterator[Attribute]:
    """The attributes that answers speak of; of one kind, if one is given."""
    return (known for known in ATTRIBUTES if known.calibrated and kind in (None, known.kind))


def people_of(world: str) -> str:
    """Of whom a calibration is true, in words, such as `invented talkers`."""
    return world if world == INVENTED else f"people of {world}"
