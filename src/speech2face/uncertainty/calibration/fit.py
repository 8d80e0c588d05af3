"""The calibration phase: what was heard of the calibration people in, everything that an answer may promise out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from speech2face.base.random import stream
from speech2face.base.shards import read_shard
from speech2face.config import Calibration
from speech2face.evaluation.metrics.proportions import RATIOS
from speech2face.uncertainty.calibration.collect import USUAL
from speech2face.uncertainty.calibration.conformal import folds_of
from speech2face.uncertainty.calibration.extraction import WINDOWS
from speech2face.uncertainty.calibration.model import AGE, RESAMPLES, FaceDistribution, oddness
from speech2face.uncertainty.calibration.ridge import Linear, Ridge
from speech2face.uncertainty.calibration.speaker_change import fit_turns

# Principal components of faces and of what is heard: no more than this many, nor than people can fill.
_COMPONENTS, _AXES = 128, 64
_PEOPLE_A_COMPONENT = 10
# Labels and measures are worth fitting from so many people on.
_FEWEST = 20

Tensors = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Folds:
    """What people are predicted from, and who is predicted by a fit to which others."""

    inputs: Float[np.ndarray, "people inputs"]
    masks: list[Bool[np.ndarray, "people"]]
    rest: list[Ridge]
    """Of each fold, the fit to all others."""
    all: Ridge

    @classmethod
    def of(cls, inputs: np.ndarray, masks: list[np.ndarray]) -> "Folds":
        return cls(inputs=inputs, masks=masks, rest=[Ridge(inputs[~mask]) for mask in masks], all=Ridge(inputs))

    def guess(self, targets: np.ndarray) -> np.ndarray:
        """The targets of all people, each predicted by the fit to the other folds."""
        guessed = np.zeros_like(targets)
        for mask, rest in zip(self.masks, self.rest, strict=True):
            guessed[mask] = rest.fit(targets[~mask])(self.inputs[mask])
        return guessed


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The arrays of a calibration, what its JSON says, and the people's out-of-fold faces at the longest length."""

    tensors: Tensors
    description: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Listeners:
    """What was heard of people at one length, one row a person."""

    about: pd.DataFrame
    faces: Float[np.ndarray, "people dimension"]
    ratios: Float[np.ndarray, "people ratios"]
    embedding: Float[np.ndarray, "people dimension"]
    disagreement: Float[np.ndarray, "people"]
    features: Float[np.ndarray, "people features"]
    sound: Float[np.ndarray, "people statistics"]
    windows: Float[np.ndarray, "people windows features"] | None
    """None at lengths that are not cut into windows."""

    @property
    def inputs(self) -> Float[np.ndarray, "people inputs"]:
        """What everything about the person is predicted from."""
        return np.concatenate([self.embedding, self.features], axis=1)


def read_heard(path: Path, condition: str = USUAL, seconds: float | None = None) -> Listeners:
    """The rows of a condition, and of a length if one is given, in the order of the people's ids."""
    heard = read_shard(path).to_pandas()
    rows = heard[heard["condition"] == condition]
    if seconds is not None:
        rows = rows[np.isclose(rows["seconds"], seconds)]
    rows = rows.sort_values("speaker_id", ignore_index=True)

    def stacked(name: str) -> np.ndarray:
        return np.stack(rows[name].to_list()).astype(np.float64)

    names = ("ratios", "features", "sound")
    cut = len(rows) > 0 and rows["windows"].notna().all()
    return Listeners(
        about=rows.drop(columns=["face_embedding", "voice_embedding", "windows", *names]),
        faces=stacked("face_embedding"),
        embedding=stacked("voice_embedding"),
        disagreement=rows["disagreement"].to_numpy(float),
        windows=stacked("windows").reshape(len(rows), WINDOWS, -1) if cut else None,
        **{name: stacked(name) for name in names},
    )


def listeners_by_length(heard: Path, settings: Calibration) -> dict[float, Listeners]:
    """What was heard of the usual voice at each length that enough people spoke for, shortest first.

    Raises:
        ValueError: there are too few people.
    """
    by_length = {seconds: read_heard(heard, USUAL, seconds) for seconds in sorted(settings.lengths)}
    by_length = {seconds: people for seconds, people in by_length.items() if len(people.about) >= 2 * settings.folds}
    if not by_length:
        raise ValueError(
            f"{heard} has too few people for a calibration in {settings.folds} folds; give the split 'calibration' "
            "more speakers, or set calibration.folds lower."
        )
    return by_length


def fit_calibration(heard: Path, settings: Calibration, seed: int) -> Fitted:
    """Fit everything but the map of doubt, which needs the face decoder, to the people of a table.

    Raises:
        ValueError: there are too few people.
    """
    return fit_listeners(listeners_by_length(heard, settings), settings, seed)


def fit_listeners(by_length: Mapping[float, Listeners], settings: Calibration, seed: int) -> Fitted:
    """The same, to people who were read already."""
    longest = by_length[max(by_length)]
    whole = _principal_components(longest.faces)
    sexes = _sexes(longest.about)
    targets = _targets(longest)
    tensors = {f"face.{name}": value for name, value in whole.items()}
    for place, people in enumerate(by_length.values()):
        folds = Folds.of(people.inputs, folds_of(len(people.about), settings.folds, seed))
        components = (people.faces - whole["mean"]) @ whole["inverse"]
        parts = _fit_face(people, components, whole, folds, seed)
        numbers, ages = _fit_targets(people, list(targets), folds)
        parts |= numbers
        parts |= _fit_sex(people, sexes, ages, folds) if sexes else {}
        parts |= _fit_outside(people, folds)
        tensors |= {f"{place}.{name}": value for name, value in parts.items()}
        if people.windows is not None:
            tensors |= {f"turns.{name}": value for name, value in fit_turns(people.windows).items()}
    description = {
        "lengths": list(by_length),
        "targets": list(targets),
        "sexes": sexes,
        "coverage": settings.coverage,
        "outside": settings.outside,
        "little_bits": settings.little_bits,
        "bounds": targets,
        "people": len(longest.about),
        "settings": settings.model_dump(mode="json"),
        "seed": seed,
        "nothing": _nothing(targets, target_values(longest, list(targets)), settings.coverage),
    }
    return Fitted(tensors={name: np.asarray(value) for name, value in tensors.items()}, description=description)


def _principal_components(faces: np.ndarray) -> Tensors:
    mean = faces.mean(axis=0)
    _, singular, axes = np.linalg.svd(faces - mean, full_matrices=False)
    spread = singular / np.sqrt(len(faces))
    count = min(_COMPONENTS, max(2, len(faces) // _PEOPLE_A_COMPONENT), int((spread > 1e-6 * spread[0]).sum()))
    axes, spread = axes[:count], spread[:count]
    return {"mean": mean, "axes": axes * spread[:, None], "inverse": axes.T / spread}


def _fit_face(people: Listeners, components: np.ndarray, whole: Tensors, folds: Folds, seed: int) -> Tensors:
    predicted = (people.embedding - whole["mean"]) @ whole["inverse"]
    guessed = np.zeros_like(components)
    for mask, rest in zip(folds.masks, folds.rest, strict=True):
        guessed[mask] = _shrunk(rest, predicted[~mask], components[~mask], whole)(folds.inputs[mask])
    linear = _shrunk(folds.all, predicted, components, whole)
    # Of a prediction that is right in the mean, what it leaves open is all that there is less its own spread; so
    # nothing that is guessed leaves everything open, without a second set of numbers to estimate.
    told = np.cov(guessed.T, bias=True).reshape(len(guessed.T), -1)
    covariance = np.eye(len(told)) - _below_one(told)
    centre, slope = _disagreement(people.disagreement, components - guessed, covariance)
    claimed, worth = [], []
    for row in range(len(components)):
        wider = np.exp(slope * (np.log(max(people.disagreement[row], 1e-9)) - centre)) if slope else 1.0
        face = FaceDistribution(mean=guessed[row], covariance=wider * covariance)
        claimed.append(face.divergence)
        worth.append(face.log_ratio(components[row]))
    return {
        "face.weights": linear.weights,
        "face.offset": linear.offset,
        "face.covariance": covariance,
        "face.guessed": guessed,
        "disagreement": np.array([centre, slope]),
        "information": _lines(np.array(claimed), np.array(worth), seed),
    }


def _shrunk(ridge: Ridge, predicted: np.ndarray, components: np.ndarray, whole: Tensors) -> Linear:
    """The face's components as the encoder's prediction, shrunk, plus what else the inputs tell.

    One factor for all components can be estimated from few people, and is 0 where the voice tells nothing.
    """
    centred = predicted - predicted.mean(axis=0)
    target = components - components.mean(axis=0)
    factor = float(np.clip((centred * target).sum() / max((centred**2).sum(), 1e-12), 0, 1))
    gain = (target**2).sum(axis=1) - ((target - factor * centred) ** 2).sum(axis=1)
    if gain.mean() <= gain.std() / np.sqrt(len(gain)):
        factor = 0.0
    rest = ridge.fit(components - factor * centred)
    weights = rest.weights.copy()
    dimension = len(whole["mean"])
    weights[:dimension] += factor * whole["inverse"]
    offset = rest.offset - factor * (whole["mean"] @ whole["inverse"] + predicted.mean(axis=0))
    return Linear(weights=weights, offset=offset)


def _below_one(covariance: np.ndarray) -> np.ndarray:
    """The same with no direction of which more than 99 % is told."""
    values, axes = np.linalg.eigh(covariance)
    return (axes * values.clip(0, 0.99)) @ axes.T


def _disagreement(disagreement: np.ndarray, residual: np.ndarray, covariance: np.ndarray) -> tuple[float, float]:
    """Mean log disagreement, and how the log of squared errors grows with it; no growth that could be chance."""
    if np.ptp(disagreement) == 0:
        return 0.0, 0.0
    log = np.log(np.maximum(disagreement, 1e-9))
    errors = np.log((residual * np.linalg.solve(covariance, residual.T).T).mean(axis=1))
    centred = log - log.mean()
    slope = float((centred @ errors) / (centred @ centred))
    left = errors - errors.mean() - slope * centred
    error = np.sqrt((left @ left) / max(len(left) - 2, 1) / (centred @ centred))
    return (float(log.mean()), slope) if slope > 2 * error else (0.0, 0.0)


def _lines(claimed: np.ndarray, worth: np.ndarray, seed: int) -> np.ndarray:
    """Offset and slope of what claims are worth: of all people, then of resamples of them; [1 + resamples, 2]."""
    rng = stream(seed, "information")
    people = len(claimed)
    resamples = [np.arange(people), *(rng.integers(people, size=people) for _ in range(RESAMPLES))]
    return np.array([_line(claimed[rows], worth[rows]) for rows in resamples])


def _line(claimed: np.ndarray, worth: np.ndarray) -> tuple[float, float]:
    centred = claimed - claimed.mean()
    spread = float(centred @ centred)
    # Claims that are all alike say what they are worth by their mean.
    slope = 0.0 if spread < 1e-9 else max(0.0, float(centred @ worth) / spread)
    return float(worth.mean() - slope * claimed.mean()), slope


def _sexes(about: pd.DataFrame) -> list[str]:
    counts = about["sex"].value_counts()
    sexes = sorted(str(sex) for sex in counts[counts >= _FEWEST].index)
    return sexes if len(sexes) > 1 else []


def _targets(people: Listeners) -> dict[str, list[float]]:
    """The numbers that can be fitted, and the bounds that their intervals are cut at."""
    ages = people.about["age"].astype(float)
    found: dict[str, list[float]] = {}
    if ages.notna().sum() >= _FEWEST:
        found[AGE] = [float(ages.min()), float(ages.max())]
    for ratio, column in zip(RATIOS, people.ratios.T, strict=True):
        if np.isfinite(column).sum() >= _FEWEST:
            found[ratio.name] = [0.0, 1e3]
    return found


def target_values(people: Listeners, targets: list[str]) -> Float[np.ndarray, "people targets"]:
    """The truth about the people: ages in years and craniofacial ratios; NaN where it is not known."""
    columns = dict(zip((ratio.name for ratio in RATIOS), people.ratios.T, strict=True))
    columns[AGE] = people.about["age"].astype(float).to_numpy()
    return np.stack([columns[name] for name in targets], axis=1)


def _fit_targets(people: Listeners, targets: list[str], folds: Folds) -> tuple[Tensors, Float[np.ndarray, "people"]]:
    """The arrays, and the age expected of each person by a fit to others: 0 for all where it is not known or heard."""
    nobody = np.zeros(len(people.about))
    if not targets:
        return {}, nobody
    values = target_values(people, targets)
    known = np.isfinite(values)
    # For a person without a measure the mean stands in, and no score is taken.
    filled = np.where(known, values, np.nanmean(values, axis=0))
    guessed = folds.guess(filled)
    errors = np.log(np.abs(filled - guessed) + 1e-3 * filled.std(axis=0))
    scale = np.exp(folds.guess(errors))
    linear, widths = folds.all.fit(filled), folds.all.fit(errors)
    scores = (filled - guessed) / scale
    own, ages = {}, nobody
    for place, name in enumerate(targets):
        there = known[:, place]
        if name == AGE:
            # Expectations that differ by less than a year are the means of the folds and no sign of age.
            ages = guessed[:, place] if guessed[:, place].std() >= 1 else nobody
            # Not how far off, but what was expected at which age: see `CalibrationModel.range`.
            own["ages"] = _by_first(values[there, place], guessed[there, place])
        else:
            own[f"residuals.{name}"] = np.sort(scores[there, place])
    return {
        "targets.weights": linear.weights,
        "targets.offset": linear.offset,
        "scales.weights": widths.weights,
        "scales.offset": widths.offset,
    } | own, ages


def _nothing(targets: dict[str, list[float]], values: np.ndarray, coverage: float) -> dict[str, list[float]]:
    """The intervals without any voice: the middle share of all people, and all ages, if every age is promised to."""
    tail = (1 - coverage) / 2
    middle = {
        name: [float(end) for end in np.nanquantile(column, [tail, 1 - tail])]
        for name, column in zip(targets, values.T, strict=True)
    }
    return middle | ({AGE: targets[AGE]} if AGE in targets else {})


def _by_first(*columns: np.ndarray) -> Float[np.ndarray, "people columns"]:
    """One row a person, sorted by the first column."""
    return np.stack(columns, axis=1)[np.argsort(columns[0], kind="stable")]


def _fit_sex(people: Listeners, sexes: list[str], ages: np.ndarray, folds: Folds) -> Tensors:
    labels = people.about["sex"].to_numpy()
    truth = np.stack([labels == sex for sex in sexes], axis=1).astype(float)
    known = truth.any(axis=1)
    # Who has another label, or none, stands in the middle and gives no score.
    truth[~known] = truth[known].mean(axis=0)
    scores, linear = folds.guess(truth), folds.all.fit(truth)
    return {"sex.weights": linear.weights, "sex.offset": linear.offset} | {
        f"sex.{sex}": _by_first(ages[labels == sex], scores[labels == sex, place]) for place, sex in enumerate(sexes)
    }


def _fit_outside(people: Listeners, folds: Folds) -> Tensors:
    heard = np.concatenate([people.features, people.sound], axis=1)
    scores = np.zeros(len(heard))
    for fold in folds.masks:
        scores[fold] = oddness(heard[fold], *_usual(heard[~fold]).values())
    return {f"outside.{name}": value for name, value in _usual(heard).items()} | {"outside.scores": np.sort(scores)}


def _usual(heard: np.ndarray) -> Tensors:
    """Where voices usually lie, as `oddness` takes it."""
    mean, spread = heard.mean(axis=0), heard.std(axis=0)
    spread = np.maximum(spread, 1e-3 * np.abs(spread).max())
    standard = (heard - mean) / spread
    _, singular, axes = np.linalg.svd(standard, full_matrices=False)
    count = min(_AXES, max(1, len(heard) // _PEOPLE_A_COMPONENT))
    deviations = singular[:count] / np.sqrt(len(heard))
    rest = (standard**2).sum() / len(heard) - (deviations**2).sum()
    return {
        "mean": mean,
        "spread": spread,
        "axes": axes[:count].T / deviations,
        "rest": np.array([max(rest, 1e-9)]),
    }
