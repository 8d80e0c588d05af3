"""Whether what is promised holds for people whom nothing was fitted on: overall, by group, by length, under shift."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file

from speech2face.base.files import write_json
from speech2face.base.shards import read_shard
from speech2face.evaluation.metrics.labels import labels_of
from speech2face.uncertainty.calibration.collect import USUAL
from speech2face.uncertainty.calibration.conformal import wilson
from speech2face.uncertainty.calibration.fit import Listeners, read_heard, target_values
from speech2face.uncertainty.calibration.model import TWO_SPEAKERS, CalibrationModel, Voice

SEX = "sex"
_OLDEST_BAND = "80"


def check_coverage(*, heard: Path, calibration: tuple[Path, Path], output: Path) -> None:
    """Write coverage.json.

    Args:
        heard: table of the audit people, see `collect_people`.
        calibration: weights and config of the calibration.
        output: JSON file to write.

    `overall` and `groups` are of the usual voice at the length next to 6 s; `lengths` and `shifts` of everybody. For
    each attribute and ratio: the share of people whose truth is covered with its 95 % interval, how many they are, and
    the mean width of the interval (or size of the set) beside that of knowing nothing.
    """
    weights, config = calibration
    description = json.loads(config.read_text(encoding="utf-8"))
    model = CalibrationModel(load_file(str(weights)), description)
    rows = read_shard(heard).select(["condition", "seconds"]).to_pandas().drop_duplicates()
    people = read_heard(heard, USUAL, model.usual)
    checked = Checked(model, people, description["nothing"])
    everyone = np.ones(len(people.about), bool)
    write_json(
        output,
        {
            "nominal": model.coverage,
            "seconds": model.usual,
            "people": len(people.about),
            "overall": checked.table(everyone),
            "groups": {
                name: {str(value): checked.table(labels == value) for value in sorted(set(labels.dropna()))}
                for name, labels in groups_of(people.about).items()
            },
            "lengths": {
                f"{seconds:g}": Checked(model, part, description["nothing"]).table()
                for seconds in sorted(rows.loc[rows["condition"] == USUAL, "seconds"])
                for part in [read_heard(heard, USUAL, seconds)]
            },
            "shifts": {
                condition: Checked(model, read_heard(heard, condition), description["nothing"]).table()
                for condition in sorted(set(rows["condition"]) - {USUAL})
            },
            "two_people": _turns(model, people),
        },
    )


def _turns(model: CalibrationModel, people: Listeners) -> dict[str, Any]:
    """How often one person is taken for two, and how often two are told apart who speak for 3 s each."""
    if people.windows is None or not model.tells_turns:
        return {}
    half = people.windows.shape[1] // 2
    others = np.roll(people.windows, 1, axis=0)
    both = np.concatenate([people.windows[:, :half], others[:, half:]], axis=1)
    two = np.array([model.one_speaker(windows) <= TWO_SPEAKERS for windows in both])
    sex = people.about["sex"].to_numpy()
    same = sex == np.roll(sex, 1)
    return {
        "one": share(np.array([model.one_speaker(windows) <= TWO_SPEAKERS for windows in people.windows])),
        "two_of_one_sex": share(two[same]),
        "two_of_different_sex": share(two[~same]),
    }


def groups_of(about: pd.DataFrame) -> dict[str, pd.Series]:
    """The labels by which people are grouped, one a person, missing where it is not known."""
    labels = labels_of(about)
    return {"sex": labels["sex"], "age": labels["age_band"], "language": about["language"]}


class Checked:
    """What is said of each of some people at one length or under one shift, beside the truth.

    Args:
        nothing: the interval of each number without any voice.
        coverage: what sets and intervals promise, if it is not the model's own.
    """

    def __init__(
        self,
        model: CalibrationModel,
        people: Listeners,
        nothing: dict[str, list[float]],
        coverage: float | None = None,
    ) -> None:
        voices = [voice_of(people, row) for row in range(len(people.about))]
        self._outside = np.array([model.outside(voice) for voice in voices])
        told = [model.information(voice) for voice in voices]
        self._bits = np.array([line.value for line in told])
        components = model.components(people.faces)
        self.worth = np.array([model.face(v).log_ratio(c) for v, c in zip(voices, components, strict=True)])
        """Bits that each voice told of its face."""
        self.covered: dict[str, np.ndarray] = {}
        """Of each attribute and ratio, whether each person's own is covered; NaN where it is not known."""
        self._widths: dict[str, np.ndarray] = {}
        self._nothing = {name: high - low for name, (low, high) in nothing.items()}
        if model.sexes:
            sets = [model.sex(voice, coverage) for voice in voices]
            own = people.about["sex"]
            known = own.isin(model.sexes).to_numpy()
            covered = np.array([sex in values for sex, values in zip(own, sets, strict=True)], float)
            self.covered[SEX] = np.where(known, covered, np.nan)
            self._widths[SEX] = np.array([len(values) for values in sets], float)
            self._nothing[SEX] = float(len(model.sexes))
        truth = target_values(people, model.targets)
        for name, values in zip(model.targets, truth.T, strict=True):
            ranges = [model.range(name, voice, coverage) for voice in voices]
            inside = np.array(
                [part.low <= value <= part.high for part, value in zip(ranges, values, strict=True)], float
            )
            self.covered[name] = np.where(np.isfinite(values), inside, np.nan)
            self._widths[name] = np.array([part.high - part.low for part in ranges])
        self._limit = model.outside_limit

    def table(self, chosen: np.ndarray | pd.Series | None = None) -> dict[str, Any]:
        """The figures of the chosen people, or of all."""
        mask = np.ones(len(self._bits), bool) if chosen is None else np.asarray(chosen, bool)
        return {
            name: share(values[mask]) | {"width": _mean(self._widths[name][mask]), "nothing": self._nothing[name]}
            for name, values in self.covered.items()
        } | {
            "outside": share(self._outside[mask] <= self._limit),
            # What was expected, and what the true faces say it was.
            "information": {
                "expected": _mean(self._bits[mask]),
                "told": _mean(self.worth[mask]),
                "n": int(mask.sum()),
            },
        }


def group_name(group: str, value: str) -> str:
    """A group in words, such as `sex: female` or `age: 20 to 29`."""
    if group != "age" or not value.isdigit():
        return f"{group}: {value}"
    return f"{group}: {value} or more" if value == _OLDEST_BAND else f"{group}: {value} to {int(value) + 9}"


def promises(table: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of `Checked.table` that are of attributes and ratios."""
    return {name: row for name, row in table.items() if name not in ("outside", "information")}


def share(values: np.ndarray) -> dict[str, Any]:
    """The share of people of whom something is true, with its 95 % interval; NaN does not count."""
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    low, high = wilson(int(known.sum()), len(known))
    return {"value": _mean(known), "low": low, "high": high, "n": len(known)}


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def voice_of(people: Listeners, row: int) -> Voice:
    """What was heard of one person."""
    return Voice(
        embedding=people.embedding[row],
        disagreement=float(people.disagreement[row]),
        features=people.features[row],
        sound=people.sound[row],
        seconds=float(people.about["seconds"].iloc[row]),
    )
