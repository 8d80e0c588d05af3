"""How unlike a voice is to the calibration voices."""

import numpy as np
from jaxtyping import Bool, Float

# Principal axes: no more than this many, nor than one for so many people.
_AXES = 64
_PEOPLE_AN_AXIS = 10


def fit_outside(
    inputs: Float[np.ndarray, "people inputs"], folds: list[Bool[np.ndarray, "people"]]
) -> dict[str, np.ndarray]:
    """The statistics of the calibration voices, and the scores of each by those of the other folds, sorted upwards.

    Args:
        inputs: features and statistics of the sound.
        folds: masks of the people in each.
    """
    scores = np.zeros(len(inputs))
    for fold in folds:
        scores[fold] = oddness(inputs[fold], *_statistics(inputs[~fold]).values())
    return _statistics(inputs) | {"scores": np.sort(scores)}


def _statistics(inputs: np.ndarray) -> dict[str, np.ndarray]:
    """The arguments of `oddness` other than the first."""
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
    spread = np.maximum(spread, 1e-3 * np.abs(spread).max())
    standard = (inputs - mean) / spread
    _, singular, axes = np.linalg.svd(standard, full_matrices=False)
    count = min(_AXES, max(1, len(inputs) // _PEOPLE_AN_AXIS))
    deviations = singular[:count] / np.sqrt(len(inputs))
    rest = (standard**2).sum() / len(inputs) - (deviations**2).sum()
    return {
        "mean": mean,
        "spread": spread,
        "axes": axes[:count].T / deviations,
        "rest": np.array([max(rest, 1e-9)]),
    }


def oddness(
    inputs: Float[np.ndarray, "voices inputs"],
    mean: Float[np.ndarray, "inputs"],
    spread: Float[np.ndarray, "inputs"],
    axes: Float[np.ndarray, "inputs axes"],
    rest: Float[np.ndarray, "1"],
) -> Float[np.ndarray, "voices"]:
    """The squared distance of voices from the calibration voices, along their principal axes and beside them.

    Args:
        axes: of the standardised inputs, each divided by its standard deviation.
        rest: mean square of what the axes leave of a calibration voice.
    """
    standard = (inputs - mean) / spread
    within = standard @ axes
    lengths = np.linalg.norm(axes, axis=0)
    beside = (standard**2).sum(axis=1) - ((within / lengths) ** 2).sum(axis=1)
    return (within**2).mean(axis=1) + beside / rest[0]
