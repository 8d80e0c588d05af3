"""The answer to one voice: pictures, sets and intervals with their coverage, and how much the voice says at all.

Ethnicity is never among it, see `attributes.NEVER_CALIBRATED`.
"""

import dataclasses
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Float32, UInt8

from speech2face.base.estimates import Estimate, Interval, PredictionRegion, PredictionSet
from speech2face.base.files import file_sha256, naming, part_folder, write_sealed
from speech2face.data.sources.attributes import AGE, SEX, calibrated, people_of
from speech2face.uncertainty.heads.model import HeadMesh

if TYPE_CHECKING:
    from PIL import Image

MANIFEST, HEAD = "answer.json", "head.glb"
NOTICE = "Generated from a voice by a statistical model. Not a likeness of anyone, and no evidence about anyone."


@dataclass(frozen=True, kw_only=True)
class Information:
    """How much a voice says about the face at all, in bits; see `uncertainty.calibration.information`."""

    bits: float
    """How much more probable the voice makes the true face among the faces of `people`: the mean of its log2 that is
    expected of such voices; 0 is knowing nothing."""
    low: float
    high: float
    """95 % interval of that expectation, from the calibration people; its lower end may lie below 0."""
    says_little: bool
    """Whether it may be nothing, or is less than `calibration.little_bits`."""
    people: int
    """The calibration people whose faces are compared; log2 of their number is the most that can be told."""

    def as_estimate(self) -> Estimate:
        """The bits with their interval."""
        return Estimate(value=self.bits, low=self.low, high=self.high, n=self.people)


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Whether a voice is unlike those that the model learned from; then no trait, ratio or bit is given."""

    flagged: bool
    p: float
    """Share of the calibration voices that are as odd as this one, above 0 to 1 (a conformal p-value)."""


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """The part of the recording that the answer rests on."""

    seconds: float
    """Its length."""
    speech_seconds: float
    """How much of it is speech."""
    start_s: float
    """Where it begins in the recording: at the first speech after the moment that was asked for."""
    segments: int
    """How many stretches were fused: 1, or more if all of the recording was asked for."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to one voice. The same bundle and the same sound give the same answer, byte for byte."""

    picture: UInt8[np.ndarray, "height width 3"]
    """The expected face, RGB."""
    others: tuple[UInt8[np.ndarray, "height width 3"], ...]
    """Eight faces drawn from what the voice leaves open: what else it could look like."""
    doubt: Float[np.ndarray, "height width"]
    """How far brightness may be off at each pixel, 0..1: `doubt_coverage` of the pixels of the picture that the true
    face would give lie within it, on average over people. Per pixel, so not a joint statement about the face."""
    doubt_coverage: float
    attributes: Mapping[str, PredictionRegion]
    """A set or an interval of each attribute, by name; of those that the labels of the model's people include. Empty,
    like `ratios`, where the voice is flagged as outside, or the model tells no traits (config field
    `calibration.traits`)."""
    ratios: Mapping[str, Interval]
    """Craniofacial measures by the name that `metrics.craniofacial.RATIOS` has for them."""
    prior_intervals: Mapping[str, tuple[float, float]]
    """Low and high end of the interval of each of these measures without any voice."""
    information: Information | None
    """None where the voice is flagged as outside: bits were calibrated on other voices."""
    outside: Outside
    heard: Excerpt
    embedding: Float32[np.ndarray, "dimension"]
    """The expected face embedding."""
    head: HeadMesh | None
    """The invented talker's head that fits the expected face best; None where heads are not known."""
    model: str
    """Id of the bundle: the first digits of the hash over all its files."""
    sound: str
    """SHA-256 of the samples that the answer rests on (int16, 16 kHz, of each stretch in turn)."""
    world: str
    """Whose voices and faces the model learned from, such as `invented talkers`."""
    sentences: tuple[str, ...]
    """All of it in plain words; the doubt comes first where the voice says little or lies outside."""

    @property
    def sex(self) -> PredictionSet | None:
        """None where the model's people had no such label or the voice is flagged, as for `age`."""
        region = self.attributes.get(SEX.name)
        return region if isinstance(region, PredictionSet) else None

    @property
    def age(self) -> Interval | None:
        """In years."""
        region = self.attributes.get(AGE.name)
        return region if isinstance(region, Interval) else None

    def as_json(self) -> dict[str, object]:
        """The answer without its pictures, ready for JSON: each attribute is a key of its own."""
        regions = {attribute.name: self.attributes.get(attribute.name) for attribute in calibrated()}
        others = ("ratios", "information", "outside", "heard", "model", "sound", "world", "sentences", "doubt_coverage")
        return {
            **{name: _plain(region) for name, region in regions.items()},
            **{name: _plain(getattr(self, name)) for name in others},
            "embedding": [round(float(number), 6) for number in self.embedding],
            "notice": NOTICE,
        }

    def sheet(self) -> "Image.Image":
        """Everything on one picture."""
        from speech2face.product.inference.sheet import draw_sheet

        return draw_sheet(
            picture=self.picture,
            others=self.others,
            doubt=self.doubt,
            doubt_coverage=self.doubt_coverage,
            attributes=self.attributes,
            ratios=self.ratios,
            prior_intervals=self.prior_intervals,
            bits=self.information.as_estimate() if self.information else None,
            sentences=self.sentences,
            people=people_of(self.world),
            notice=f"{NOTICE} Learned from: {self.world}. Model {self.model}.",
        )

    def save(self, folder: str | Path) -> None:
        """Write sheet.png, face.png, others_1.png to others_8.png, doubt.png, head.glb where the model knows heads,
        and answer.json, which has the hash of the sound, of the model and (`sha256`) of each of these files.

        All are written before the first is moved to its place, and those of an earlier answer are removed: no folder
        holds files of two answers. Every picture says in its metadata that it was generated, is no likeness, and by
        which model.

        Raises:
            OSError: the folder cannot be written to.
        """
        from PIL import Image

        from speech2face.product.inference.pictures import doubt_picture, save_picture

        folder = Path(folder)
        fresh = part_folder(folder / MANIFEST, os.getpid())
        pictures = {"face": Image.fromarray(self.picture)}
        pictures |= {f"others_{number}": Image.fromarray(other) for number, other in enumerate(self.others, 1)}
        pictures |= {"doubt": doubt_picture(self.doubt), "sheet": self.sheet()}
        with naming(folder, fresh):
            try:
                for name, picture in pictures.items():
                    save_picture(picture, fresh / f"{name}.png", notice=NOTICE, model=self.model)
                if self.head is not None:
                    (fresh / HEAD).write_bytes(self.head.glb(f"{NOTICE} Model {self.model}."))
                hashes = {path.name: file_sha256(path) for path in fresh.iterdir()}
                write_sealed(fresh / MANIFEST, {**self.as_json(), "sha256": hashes})
                remove_answer(folder)
                # The manifest last: where it is, everything is.
                for name in (*sorted(hashes), MANIFEST):
                    (fresh / name).replace(folder / name)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)


def remove_answer(folder: Path) -> None:
    """Remove the files of an answer from a folder, and no other; the manifest first."""
    others = [path.name for path in folder.glob("others_[0-9]*.png")]
    for name in (MANIFEST, HEAD, "sheet.png", "face.png", "doubt.png", *others):
        (folder / name).unlink(missing_ok=True)


def _plain(value: object) -> object:
    """Dataclasses and mappings as dictionaries, tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value
