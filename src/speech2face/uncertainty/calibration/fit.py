"""The fit of a calibration: calibration people in, arrays and description of a `CalibrationModel` out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speech2face.config import Calibration
from speech2face.data.sources.attributes import Kind, calibrated
from speech2face.uncertainty.calibration.fit_attributes import (
    bounds_of,
    classes_of,
    fit_classes,
    fit_numbers,
    prior_intervals,
)
from speech2face.uncertainty.calibration.fit_face import fit_face, principal_components
from speech2face.uncertainty.calibration.folds import Folds, folds_of
from speech2face.uncertainty.calibration.outside import fit_outside
from speech2face.uncertainty.calibration.speaker_change import fit_speaker_change
from speech2face.uncertainty.calibration.voices import CalibrationVoices, voices_by_length


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The arrays of a calibration, with the out-of-fold faces of the people, and its JSON part."""

    tensors: dict[str, np.ndarray]
    description: dict[str, Any]


def fit_calibration(path: Path, settings: Calibration, seed: int) -> Fitted:
    """Fit everything but the map of doubt, which needs the face decoder, to the people of a table.

    Raises:
        ValueError: there are too few people.
    """
    return fit_voices(voices_by_length(path, settings), settings, seed)


def fit_voices(by_length: Mapping[float, CalibrationVoices], settings: Calibration, seed: int) -> Fitted:
    """Fit the same to people who were read already, shortest length first."""
    longest = by_length[max(by_length)]
    whole = principal_components(longest.faces)
    classes, bounds = classes_of(longest.about), bounds_of(longest)
    tensors = {f"face.{name}": value for name, value in whole.items()}
    for index, people in enumerate(by_length.values()):
        folds = Folds.of(people.inputs, folds_of(len(people.about), settings.folds, seed))
        parts = fit_face(people, whole, folds, seed)
        numbers, predicted = fit_numbers(people, list(bounds), folds)
        parts |= numbers
        for attribute in calibrated(Kind.CLASS):
            if classes[attribute.name]:
                parts |= fit_classes(people, attribute, classes[attribute.name], predicted, folds)
        heard = np.concatenate([people.features, people.sound], axis=1)
        parts |= {f"outside.{name}": value for name, value in fit_outside(heard).items()}
        tensors |= {f"{index}.{name}": value for name, value in parts.items()}
        if people.windows is not None:
            tensors |= {f"turns.{name}": value for name, value in fit_speaker_change(people.windows).items()}
    description = {
        "lengths": list(by_length),
        "targets": list(bounds),
        **{attribute.key: classes[attribute.name] for attribute in calibrated(Kind.CLASS)},
        "coverage": settings.coverage,
        "outside": settings.outside,
        "little_bits": settings.little_bits,
        "bounds": bounds,
        "people": len(longest.about),
        "settings": settings.model_dump(mode="json"),
        "seed": seed,
        "nothing": prior_intervals(longest, bounds, settings.coverage),
    }
    return Fitted(tensors={name: np.asarray(value) for name, value in tensors.items()}, description=description)
