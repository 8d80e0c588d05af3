"""What an audit rests on: a bundle's calibration, and people collected with the bundle's own voice encoders."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from speech2face.base.files import file_sha256
from speech2face.base.random import stream
from speech2face.config import Calibration, parse
from speech2face.product.bundle.files import CALIBRATION, read_bundle
from speech2face.uncertainty.calibration.collect import USUAL
from speech2face.uncertainty.calibration.coverage import CoverageCheck, fold_models
from speech2face.uncertainty.calibration.fit import Fitted, fit_voices
from speech2face.uncertainty.calibration.model import CalibrationModel
from speech2face.uncertainty.calibration.voices import CalibrationVoices, read_voices, voices_by_length


class AuditError(RuntimeError):
    """The people to audit a bundle with are missing, or were collected with other encoders."""


@dataclass(frozen=True, kw_only=True)
class CalibratedPeople:
    """A calibration, and people it was not fitted on."""

    model: CalibrationModel
    people: CalibrationVoices
    folds: Sequence["CalibratedPeople"] = ()
    """Of a cross-validated bundle the people of each fold, and the calibration on the others; together they are
    `people`, and `model` is the first of these calibrations."""

    @classmethod
    def of(cls, fitted: Fitted, people: CalibrationVoices) -> "CalibratedPeople":
        """The people, and the calibration that was just fitted."""
        return cls(model=CalibrationModel(fitted.tensors, fitted.description), people=people)

    @classmethod
    def joined(cls, folds: Sequence["CalibratedPeople"]) -> "CalibratedPeople":
        """The people of all folds; a single one is as it is."""
        people = CalibrationVoices.joined([fold.people for fold in folds])
        return folds[0] if len(folds) == 1 else cls(model=folds[0].model, people=people, folds=folds)

    def check(self, coverage: float | None = None) -> CoverageCheck:
        """The judgements of the people's voices against the truth; see `CoverageCheck`."""
        return CoverageCheck.joined([CoverageCheck(fold.model, fold.people, coverage) for fold in self.folds or [self]])

    def expected_faces(self) -> Float[np.ndarray, "people dimension"]:
        """The expected face embedding of each person."""
        return np.concatenate(
            [
                fold.model.embeddings(np.stack([fold.model.face(voice).mean for voice in fold.people.voices]))
                for fold in self.folds or [self]
            ]
        )


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A bundle and its people, and the same fits where voices say nothing of faces."""

    name: str
    config: dict[str, Any]
    own: CalibratedPeople
    shuffled: CalibratedPeople
    """The same people, each with the voice of another one, calibrated anew."""
    null: CalibratedPeople | None
    """People of the null world; None where it was not made."""


def gather_evidence(bundle: Path, people: Path, null: Path, seed: int) -> Evidence:
    """Read a bundle and its people, and calibrate anew on shuffled voices and in the null world.

    Args:
        people: folder of the tables `calibration.arrow` and `audit.arrow` that the bundle was packed with; of a
            cross-validated bundle it has a folder `folds/N` with these two for each fold.
        null: folder of such tables of a run in the null world; may be missing.
        seed: of the shuffle.

    Raises:
        ModelError: the bundle is damaged.
        AuditError: the people are missing or others than the bundle's.
    """
    packed = read_bundle(bundle)
    config = packed.config
    for kind, digest in config["heard"].items():
        path = people / f"{kind}.arrow"
        if not path.is_file():
            raise AuditError(
                f"There is no {path}, which the people of the {kind} are in: name the folder of the run that the "
                "bundle was made in with --people, or make the bundle there with `make bundle`."
            )
        if file_sha256(path) != digest:
            raise AuditError(
                f"{path} is not what this bundle's voice encoders heard: name the folder of the run that the bundle "
                "was made in with --people, or make the bundle again with `make bundle`."
            )
    description = config["calibration"]
    settings = parse(Calibration, description["settings"], "the bundle's calibration")
    rng = stream(seed, "audit_people")
    parts = sorted({people / Path(kind).parent for kind in config["heard"] if Path(kind).name == "audit"})
    if len(parts) > 1:
        models = fold_models([part / "calibration.arrow" for part in parts], description)
    else:
        models = [CalibrationModel(packed.arrays(CALIBRATION), description)]
    own, shuffled = [], []
    for model, part in zip(models, parts, strict=True):
        audit = read_voices(part / "audit.arrow", USUAL, model.usual)
        mixed = {
            seconds: shuffle(voices, rng)
            for seconds, voices in voices_by_length(part / "calibration.arrow", settings).items()
        }
        own.append(CalibratedPeople(model=model, people=audit))
        shuffled.append(CalibratedPeople.of(fit_voices(mixed, settings, description["seed"]), shuffle(audit, rng)))
    return Evidence(
        name=packed.id,
        config=dict(config),
        own=CalibratedPeople.joined(own),
        shuffled=CalibratedPeople.joined(shuffled),
        null=_null_world(null, settings, description["seed"]),
    )


def _null_world(folder: Path, settings: Calibration, seed: int) -> CalibratedPeople | None:
    calibration, audit = folder / "calibration.arrow", folder / "audit.arrow"
    if not (calibration.is_file() and audit.is_file()):
        return None
    fitted = fit_voices(voices_by_length(calibration, settings), settings, seed)
    model = CalibrationModel(fitted.tensors, fitted.description)
    return CalibratedPeople(model=model, people=read_voices(audit, USUAL, model.usual))


def somebody_else(people: int, rng: np.random.Generator) -> Int[np.ndarray, "people"]:
    """A permutation without fixed points."""
    order = rng.permutation(people)
    other = np.empty(people, int)
    other[order] = np.roll(order, 1)
    return other


def shuffle(people: CalibrationVoices, rng: np.random.Generator) -> CalibrationVoices:
    """The same people, each with the voice of somebody else."""
    other = somebody_else(len(people.about), rng)
    return dataclasses.replace(
        people,
        embedding=people.embedding[other],
        disagreement=people.disagreement[other],
        features=people.features[other],
        sound=people.sound[other],
        windows=None if people.windows is None else people.windows[other],
    )
