"""Cross-fitting: each person is predicted by a fit to the people of the other folds."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from speech2face.base.random import stream
from speech2face.uncertainty.calibration.ridge import Ridge


@dataclass(frozen=True, kw_only=True)
class Folds:
    """Inputs, fold masks, and one ridge per held-out fold."""

    inputs: Float[np.ndarray, "people inputs"]
    masks: list[Bool[np.ndarray, "people"]]
    rest: list[Ridge]
    """Of each fold, the ridge of all others."""
    all: Ridge

    @classmethod
    def of(cls, inputs: Float[np.ndarray, "people inputs"], masks: list[Bool[np.ndarray, "people"]]) -> "Folds":
        """The ridges of these people and folds."""
        return cls(inputs=inputs, masks=masks, rest=[Ridge(inputs[~mask]) for mask in masks], all=Ridge(inputs))

    def predict(self, targets: Float[np.ndarray, "people targets"]) -> Float[np.ndarray, "people targets"]:
        """Out-of-fold predictions: the targets of all people, each by the fit to the other folds."""
        predicted = np.zeros_like(targets)
        for mask, rest in zip(self.masks, self.rest, strict=True):
            predicted[mask] = rest.fit(targets[~mask])(self.inputs[mask])
        return predicted


def folds_of(people: int, folds: int, seed: int) -> list[Bool[np.ndarray, "people"]]:
    """Masks of the people in each fold, of nearly equal size."""
    order = stream(seed, "folds").permutation(people)
    number = np.empty(people, int)
    number[order] = np.arange(people) % folds
    return [number == fold for fold in range(min(folds, people))]
