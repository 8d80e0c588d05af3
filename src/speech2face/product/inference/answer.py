"""What is said of one voice: pictures, sets and intervals with their coverage, and how much the voice says at all.

Ethnicity is not among it, and never will be for one voice: inferring race from biometric data is forbidden in the
European Union (AI Act, Article 5(1)(g)).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Float32, UInt8

from speech2face.uncertainty.heads.model import SolidHead

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, kw_only=True)
class Set:
    """A prediction set: the values that this voice does not rule out."""

    values: tuple[str, ...]
    """Sorted. Empty where the voice is unlike the voices of every value: then it cannot be told."""
    coverage: float
    """Share of people whose own value is in their set, 0..1, on average and for every value."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A prediction interval of a number."""

    low: float
    high: float
    unit: str
    """`years`, or `ratio` for what has no unit."""
    coverage: float
    """Share of people whose own number is in their interval, 0..1, on average."""
    typical: float
    """The most plausible number, in the interval."""


@dataclass(frozen=True, kw_only=True)
class Information:
    """How much a voice says about the face at all, in bits: one bit halves the number of faces that it may be."""

    bits: float
    """Expected over faces, against knowing nothing (0)."""
    low: float
    high: float
    """95 % interval of that expectation, from the calibration people; its lower end may lie below 0."""
    says_little: bool
    """Whether it may be nothing, or is less than `calibration.little_bits`."""


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Whether a voice is unlike those that the model learned from; then nothing else of the answer holds."""

    flagged: bool
    p: float
    """Share of the calibration voices that are as odd as this one, above 0 to 1 (a conformal p-value)."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What of the recording was listened to."""

    seconds: float
    """Sound that the answer rests on."""
    speech_seconds: float
    """How much of it is speech."""
    start_s: float
    """Where it begins in the recording: at the first speech after the moment that was asked for."""
    segments: int
    """How many stretches were fused: 1, or more if everything was asked for."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said of one voice. The same bundle and the same sound give the same answer, byte for byte."""

    picture: UInt8[np.ndarray, "height width 3"]
    """The expected face, RGB."""
    others: tuple[UInt8[np.ndarray, "height width 3"], ...]
    """Eight faces drawn from what the voice leaves open: what else it could look like."""
    doubt: Float[np.ndarray, "height width"]
    """How far brightness may be off at each pixel, 0..1: `doubt_coverage` of the pixels of the picture that the true
    face would give lie within it, on average over people. Per pixel, so not a joint statement about the face."""
    doubt_coverage: float
    sex: Set | None
    """None where the model's people had no such label, as for `age`."""
    age: Interval | None
    ratios: dict[str, Interval]
    """Craniofacial measures by the name that `metrics.craniofacial.RATIOS` has for them."""
    information: Information
    outside: Outside
    heard: Heard
    embedding: Float32[np.ndarray, "dimension"]
    """The expected face embedding."""
    head: SolidHead | None
    """The invented talker's head that fits the expected face best; None where heads are not known."""
    model: str
    """Id of the bundle: the first digits of the hash over all its files."""
    world: str
    """Whose voices and faces the model learned from, such as `invented talkers`."""
    sentences: tuple[str, ...]
    """All of it in plain words; the doubt comes first where the voice says little or lies outside."""

    def as_json(self) -> dict[str, object]:
        """The answer without its pictures, ready for JSON."""
        from speech2face.product.inference.save import as_json

        return as_json(self)

    def sheet(self) -> "Image.Image":
        """Everything on one picture."""
        from speech2face.product.inference.sheet import draw_sheet

        return draw_sheet(self)

    def save(self, folder: str | Path) -> None:
        """Write sheet.png, face.png, others_1.png to others_8.png, doubt.png, head.glb where the model knows heads,
        and answer.json, each whole or not at all.

        Every picture says in its metadata that it was generated, is no likeness, and by which model.

        Raises:
            OSError: the folder cannot be written to.
        """
        from speech2face.product.inference.save import save

        save(self, Path(folder))
