"""How often sets and intervals cover the truth of people who nothing was fitted on: overall, by group, under shift."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from speech2face.base.files import write_json
from speech2face.base.shards import read_shard
from speech2face.base.weights import load_arrays, read_description
from speech2face.config import Calibration, parse
from speech2face.data.sources.attributes import ATTRIBUTES, SEX, Kind, calibrated
from speech2face.uncertainty.calibration.collect import USUAL
from speech2face.uncertainty.calibration.conformal import wilson
from speech2face.uncertainty.calibration.fit import fit_calibration
from speech2face.uncertainty.calibration.model import TWO_SPEAKERS, CalibrationModel
from speech2face.uncertainty.calibration.voices import CalibrationVoices, read_voices


def check_coverage(
    *, heard: Sequence[Path], calibration: tuple[Path, Path], calibrations: Sequence[Path], output: Path
) -> None:
    """Write coverage.json.

    Args:
        heard: table of the audit people, see `collect_people`; one a fold of a cross-validated run.
        calibration: weights and config of the bundle's calibration.
        calibrations: of each fold of a cross-validated run, the table of the people outside it, whom its people are
            judged by (see `collect_folds`); else none, and the bundle's calibration judges.
        output: JSON file to write.

    `overall` and `groups` are of the usual voice at the length next to 6 s; `lengths` and `shifts` of all people. For
    each attribute and ratio: the share of people whose truth is covered with its 95 % interval, the number of people,
    and the mean width of the interval (or size of the set) beside that without any voice.
    """
    weights, config = calibration
    description = read_description(config)
    model = CalibrationModel(load_arrays(weights), description)
    models = fold_models(calibrations, description) or [model]
    rows = pd.concat([read_shard(path).select(["condition", "seconds"]).to_pandas() for path in heard])
    rows = rows.drop_duplicates()

    def check(condition: str, seconds: float | None = None) -> CoverageCheck:
        parts = (read_voices(path, condition, seconds) for path in heard)
        return CoverageCheck.joined([CoverageCheck(*part) for part in zip(models, parts, strict=True)])

    people = [read_voices(path, USUAL, model.usual) for path in heard]
    about = pd.concat([part.about for part in people], ignore_index=True)
    overall = check(USUAL, model.usual)
    write_json(
        output,
        {
            "nominal": model.coverage,
            "seconds": model.usual,
            "people": len(about),
            "folds": len(calibrations),
            "overall": overall.table(),
            "groups": {
                name: {str(value): overall.table(labels == value) for value in sorted(set(labels.dropna()))}
                for name, labels in groups_of(about).items()
            },
            "lengths": {
                f"{seconds:g}": check(USUAL, seconds).table()
                for seconds in sorted(rows.loc[rows["condition"] == USUAL, "seconds"])
                if seconds in model.lengths or not calibrations
            },
            "shifts": {condition: check(condition).table() for condition in sorted(set(rows["condition"]) - {USUAL})},
            "two_people": speaker_changes(list(zip(models, people, strict=True))),
        },
    )


def fold_models(calibrations: Sequence[Path], description: Mapping[str, Any]) -> list[CalibrationModel]:
    """The calibrations on the people outside each fold, fitted as the bundle's was.

    Args:
        calibrations: tables of these people.
        description: of the bundle's calibration.
    """
    settings = parse(Calibration, description["settings"], "the calibration")
    fits = (fit_calibration(path, settings, description["seed"]) for path in calibrations)
    return [CalibrationModel(fitted.tensors, fitted.description) for fitted in fits]


def speaker_changes(parts: Sequence[tuple[CalibrationModel, CalibrationVoices]]) -> dict[str, Any]:
    """How often one person is taken for two, and how often two who speak for 3 s each are detected.

    Args:
        parts: calibrations, each with people it was not fitted on.
    """
    one, two, same = [], [], []
    for model, people in parts:
        if people.windows is None or not model.detects_speaker_change:
            return {}
        half = people.windows.shape[1] // 2
        others = np.roll(people.windows, 1, axis=0)
        both = np.concatenate([people.windows[:, :half], others[:, half:]], axis=1)
        one += [model.one_speaker(windows) <= TWO_SPEAKERS for windows in people.windows]
        two += [model.one_speaker(windows) <= TWO_SPEAKERS for windows in both]
        sex = people.about[SEX.name].to_numpy()
        same += list(sex == np.roll(sex, 1))
    detected, alike = np.array(two), np.array(same, bool)
    return {
        "one": share(np.array(one)),
        "two_of_one_sex": share(detected[alike]),
        "two_of_different_sex": share(detected[~alike]),
    }


def groups_of(about: pd.DataFrame) -> dict[str, pd.Series]:
    """The classes or bands that people are grouped by, one a person, missing where not known; see `Attribute`."""
    groups = {}
    for attribute in ATTRIBUTES:
        values = about[attribute.name]
        if attribute.grouped and attribute.kind is Kind.CLASS:
            groups[attribute.name] = values
        elif attribute.grouped and attribute.bands:
            bands = [attribute.band(number) for number in values.astype(float)]
            groups[attribute.name] = pd.Series(bands, index=about.index, dtype=object)
    return groups


def group_name(group: str, value: str) -> str:
    """A group in words, such as `sex: female` or `age: 20 to 29`."""
    return next(attribute for attribute in ATTRIBUTES if attribute.name == group).group_name(value)


class CoverageCheck:
    """The judgements of some people's voices at one length or under one shift, against the truth.

    Args:
        coverage: that of the sets and intervals, by default the model's own.
    """

    def __init__(self, model: CalibrationModel, people: CalibrationVoices, coverage: float | None = None) -> None:
        self._model = model
        judgements = [model.judge(voice, coverage) for voice in people.voices]
        self.information = [judgement.information for judgement in judgements]
        self.flagged = np.array([judgement.outside_p <= model.outside_limit for judgement in judgements], bool)
        self._bits = np.array([information.value for information in self.information])
        self._people = people
        self.covered: dict[str, np.ndarray] = {}
        """Of each attribute and ratio, whether each person's truth is covered; NaN where it is not known."""
        self._widths: dict[str, np.ndarray] = {}
        truth: dict[str, np.ndarray] = dict(people.numbers())
        known = {name: np.isfinite(values) for name, values in truth.items()}
        for attribute in calibrated(Kind.CLASS):
            truth[attribute.name] = people.about[attribute.name].to_numpy()
            known[attribute.name] = people.about[attribute.name].isin(model.classes[attribute.name]).to_numpy()
        for name in judgements[0].regions if judgements else ():
            regions = [judgement.regions[name] for judgement in judgements]
            covered = np.array([region.covers(own) for region, own in zip(regions, truth[name], strict=True)], float)
            self.covered[name] = np.where(known[name], covered, np.nan)
            self._widths[name] = np.array([region.width for region in regions])

    @cached_property
    def told(self) -> Float[np.ndarray, "people"]:
        """Bits that each voice tells of its face, among the faces of these people."""
        return np.diag(self._log2_ratios)

    @cached_property
    def told_of_others(self) -> Float[np.ndarray, "people"]:
        """Bits that each voice tells of the faces of the others, on average."""
        return (self._log2_ratios.sum(axis=1) - self.told) / max(len(self.told) - 1, 1)

    @cached_property
    def _log2_ratios(self) -> Float[np.ndarray, "people people"]:
        return self._model.log2_ratios(list(self._people.voices), self._people.faces)

    @classmethod
    def joined(cls, checks: Sequence["CoverageCheck"]) -> "CoverageCheck":
        """The judgements of several calibrations in one, each of other people."""
        first, *more = checks
        if not more:
            return first
        whole = cls.__new__(cls)
        whole._model = first._model
        whole.information = [information for check in checks for information in check.information]
        whole.flagged = np.concatenate([check.flagged for check in checks])
        whole._bits = np.concatenate([check._bits for check in checks])
        # Among the faces of each calibration's own people.
        whole.told = np.concatenate([check.told for check in checks])
        whole.told_of_others = np.concatenate([check.told_of_others for check in checks])
        # A class that is too rare outside one fold is promised to nobody.
        names = [name for name in first.covered if all(name in check.covered for check in checks)]
        whole.covered = {name: np.concatenate([check.covered[name] for check in checks]) for name in names}
        whole._widths = {name: np.concatenate([check._widths[name] for check in checks]) for name in names}
        return whole

    def table(self, chosen: Bool[np.ndarray, "people"] | pd.Series | None = None) -> dict[str, Any]:
        """The figures of the chosen people, or of all."""
        mask = np.ones(len(self._bits), bool) if chosen is None else np.asarray(chosen, bool)
        answered = mask & ~self.flagged
        return {
            name: share(values[mask])
            | {"width": _mean(self._widths[name][mask]), "nothing": self._model.prior_width(name)}
            for name, values in self.covered.items()
        } | {
            "outside": share(self.flagged[mask]),
            # The bits that voices are expected to tell of faces, and those that they tell of the true ones; a flagged
            # voice is given none.
            "information": {
                "expected": _mean(self._bits[answered]),
                "told": _mean(self.told[answered]),
                "n": int(answered.sum()),
            },
        }


def coverage_rows(table: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of `CoverageCheck.table` that are of attributes and ratios."""
    return {name: row for name, row in table.items() if name not in ("outside", "information")}


def share(values: np.ndarray) -> dict[str, Any]:
    """The share of people for whom something is true, with its 95 % interval; NaN does not count."""
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    low, high = wilson(int(known.sum()), len(known))
    return {"value": _mean(known), "low": low, "high": high, "n": len(known)}


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None
