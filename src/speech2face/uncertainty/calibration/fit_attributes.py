"""Fit of prediction intervals of numbers (attributes, craniofacial ratios) and of prediction sets of classes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from speech2face.data.sources.attributes import Attribute, Kind, calibrated
from speech2face.evaluation.metrics.proportions import RATIOS
from speech2face.uncertainty.calibration.folds import Folds
from speech2face.uncertainty.calibration.voices import CalibrationVoices

# People with a known value that a class or a number needs to be fitted.
_FEWEST = 20

Tensors = dict[str, np.ndarray]


def classes_of(about: pd.DataFrame) -> dict[str, list[str]]:
    """The classes of each attribute that enough people have, sorted; none where there is only one."""
    found = {}
    for attribute in calibrated(Kind.CLASS):
        counts = about[attribute.name].value_counts()
        classes = sorted(str(value) for value in counts[counts >= _FEWEST].index)
        found[attribute.name] = classes if len(classes) > 1 else []
    return found


def bounds_of(people: CalibrationVoices) -> dict[str, list[float]]:
    """The numbers that enough people have, and the bounds that their intervals are cut at."""
    numbers, found = people.numbers(), {}
    for attribute in calibrated(Kind.NUMBER):
        known = numbers[attribute.name][np.isfinite(numbers[attribute.name])]
        if len(known) >= _FEWEST:
            # What is calibrated number by number cannot reach beyond the numbers of the calibration people.
            found[attribute.name] = list(attribute.bounds) if attribute.step is None else [known.min(), known.max()]
    for ratio in RATIOS:
        if np.isfinite(numbers[ratio.name]).sum() >= _FEWEST:
            found[ratio.name] = [0.0, 1e3]
    return {name: [float(end) for end in ends] for name, ends in found.items()}


def prior_intervals(people: CalibrationVoices, bounds: Mapping[str, list[float]], coverage: float) -> dict[str, list]:
    """The intervals without any voice.

    They are the middle share of all people; of attributes that are calibrated number by number, all numbers.
    """
    numbers, tail = people.numbers(), (1 - coverage) / 2
    stepped = {attribute.name for attribute in calibrated(Kind.NUMBER) if attribute.step is not None}
    return {
        name: ends if name in stepped else [float(end) for end in np.nanquantile(numbers[name], [tail, 1 - tail])]
        for name, ends in bounds.items()
    }


def fit_numbers(
    people: CalibrationVoices, targets: Sequence[str], folds: Folds
) -> tuple[Tensors, dict[str, Float[np.ndarray, "people"]]]:
    """The regressions and calibration scores of the targets, and the out-of-fold predictions of attributes."""
    if not targets:
        return {}, {}
    numbers = people.numbers()
    values = np.stack([numbers[name] for name in targets], axis=1)
    known = np.isfinite(values)
    # For a person without a measure the mean stands in, and no score is taken.
    filled = np.where(known, values, np.nanmean(values, axis=0))
    predicted = folds.predict(filled)
    errors = np.log(np.abs(filled - predicted) + 1e-3 * filled.std(axis=0))
    scale = np.exp(folds.predict(errors))
    linear, widths = folds.all.fit(filled), folds.all.fit(errors)
    scores = (filled - predicted) / scale
    attributes = {attribute.name: attribute for attribute in calibrated(Kind.NUMBER)}
    tensors: Tensors = {
        "targets.weights": linear.weights,
        "targets.offset": linear.offset,
        "scales.weights": widths.weights,
        "scales.offset": widths.offset,
    }
    for column, name in enumerate(targets):
        have = known[:, column]
        if name in attributes and attributes[name].step is not None:
            # What is predicted at which truth, see `CalibrationModel._usual_predictions`.
            tensors[attributes[name].key] = _by_first(values[have, column], predicted[have, column])
        else:
            tensors[f"residuals.{name}"] = np.sort(scores[have, column])
    return tensors, {name: predicted[:, column] for column, name in enumerate(targets) if name in attributes}


def fit_classes(
    people: CalibrationVoices,
    attribute: Attribute,
    classes: Sequence[str],
    predicted: Mapping[str, Float[np.ndarray, "people"]],
    folds: Folds,
) -> Tensors:
    """The regression of the classes of an attribute, and the calibration scores of the people of each.

    Args:
        predicted: numbers of the people by name, see `Attribute.given`.
    """
    labels = people.about[attribute.name].to_numpy()
    truth = np.stack([labels == value for value in classes], axis=1).astype(float)
    known = truth.any(axis=1)
    # A person of another class, or of none that is known, gets the mean, and no score is taken.
    truth[~known] = truth[known].mean(axis=0)
    scores, linear = folds.predict(truth), folds.all.fit(truth)
    given = _informative(predicted.get(attribute.given or ""), len(labels))
    return {f"{attribute.name}.weights": linear.weights, f"{attribute.name}.offset": linear.offset} | {
        f"{attribute.name}.{value}": _by_first(given[labels == value], scores[labels == value, column])
        for column, value in enumerate(classes)
    }


def _informative(predicted: Float[np.ndarray, "people"] | None, people: int) -> Float[np.ndarray, "people"]:
    """The predictions; 0 for all where they differ by less than one, as the means of the folds do by chance."""
    return np.zeros(people) if predicted is None or predicted.std() < 1 else predicted


def _by_first(*columns: np.ndarray) -> Float[np.ndarray, "people columns"]:
    """One row a person, sorted by the first column."""
    return np.stack(columns, axis=1)[np.argsort(columns[0], kind="stable")]
