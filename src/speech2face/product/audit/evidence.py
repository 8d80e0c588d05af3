"""What an audit rests on: a bundle's calibration, and what the bundle's own encoders heard of people."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int
from safetensors.numpy import load_file

from speech2face.base.files import file_sha256
from speech2face.base.random import stream
from speech2face.config import Calibration, parse
from speech2face.product.bundle.files import CALIBRATION, read_config
from speech2face.uncertainty.calibration.collect import USUAL
from speech2face.uncertainty.calibration.coverage import Checked
from speech2face.uncertainty.calibration.fit import Fitted, Listeners, fit_listeners, listeners_by_length, read_heard
from speech2face.uncertainty.calibration.model import CalibrationModel


class AuditError(RuntimeError):
    """There is nothing to audit a bundle with, or it is not the bundle's."""


@dataclass(frozen=True, kw_only=True)
class World:
    """A calibration, and people whom nothing of it was fitted on."""

    model: CalibrationModel
    nothing: dict[str, list[float]]
    """The interval of each number without any voice."""
    people: Listeners

    @classmethod
    def of(cls, fitted: Fitted, people: Listeners) -> "World":
        model = CalibrationModel(fitted.tensors, fitted.description)
        return cls(model=model, nothing=fitted.description["nothing"], people=people)

    def check(self, coverage: float | None = None) -> Checked:
        """What is said of the people beside the truth; at another coverage than the bundle's, if one is given."""
        return Checked(self.model, self.people, self.nothing, coverage)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The bundle's world; the same with every voice given to somebody else; and the null world, if it was made."""

    name: str
    config: dict[str, Any]
    own: World
    shuffled: World
    null: World | None


def gather_evidence(bundle: Path, people: Path, null: Path, seed: int) -> Evidence:
    """Read what there is.

    Args:
        people: folder of the tables `calibration.arrow` and `audit.arrow` that the bundle was packed with.
        null: folder of such tables of a run in the null world; may be missing.
        seed: of the shuffling.

    Raises:
        ModelError: the bundle is damaged.
        AuditError: the people are missing or others than the bundle's.
    """
    config, name = read_config(bundle)
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
    model = CalibrationModel(load_file(str(bundle / CALIBRATION)), description)
    audit = read_heard(people / "audit.arrow", USUAL, model.usual)
    rng = stream(seed, "audit_people")
    mixed = {
        seconds: shuffle(part, rng)
        for seconds, part in listeners_by_length(people / "calibration.arrow", settings).items()
    }
    return Evidence(
        name=name,
        config=dict(config),
        own=World(model=model, nothing=description["nothing"], people=audit),
        shuffled=World.of(fit_listeners(mixed, settings, description["seed"]), shuffle(audit, rng)),
        null=_null_world(null, settings, description["seed"]),
    )


def _null_world(folder: Path, settings: Calibration, seed: int) -> World | None:
    calibration, audit = folder / "calibration.arrow", folder / "audit.arrow"
    if not (calibration.is_file() and audit.is_file()):
        return None
    fitted = fit_listeners(listeners_by_length(calibration, settings), settings, seed)
    model = CalibrationModel(fitted.tensors, fitted.description)
    people = read_heard(audit, USUAL, model.usual)
    return World(model=model, nothing=fitted.description["nothing"], people=people)


def somebody_else(people: int, rng: np.random.Generator) -> Int[np.ndarray, "people"]:
    """For each of some people another one, everybody once."""
    order = rng.permutation(people)
    other = np.empty(people, int)
    other[order] = np.roll(order, 1)
    return other


def shuffle(people: Listeners, rng: np.random.Generator) -> Listeners:
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
