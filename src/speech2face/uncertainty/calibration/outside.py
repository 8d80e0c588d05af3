"""How unlike a voice is to the calibration voices: a Mahalanobis distance over all features, regularised.

Speech from another synthesiser, codec or room differs little in any one direction in which people differ. It differs
where people hardly do, so the distance must weigh directions by their spread (Lee et al., "A simple unified framework
for detecting out-of-distribution samples and adversarial attacks", NeurIPS 2018).
"""

import numpy as np
from jaxtyping import Float

# Added to the variance of every direction of the standardised features, whose mean is 1: there may be fewer people than
# features, so that in most directions the calibration voices seem not to differ at all.
_FLOOR = 0.1
# Directions with less than this share of the largest variance are rounding.
_ROUNDING = 1e-9


def fit_outside(inputs: Float[np.ndarray, "people inputs"]) -> dict[str, np.ndarray]:
    """The arguments of `oddness` from the calibration voices, and `scores`: of each by all others, sorted upwards.

    Each is left out alone, not with a fold: with as few people as features, a fit to nine tenths of them finds voices
    clearly odder than a fit to all, and new voices would then pass too easily. The closed form is exact for the mean
    and the covariance of the others; their spreads, which set the units, are those of all.

    Args:
        inputs: features and statistics of the sound.
    """
    people = len(inputs)
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
    spread = np.maximum(spread, 1e-3 * np.abs(spread).max())
    left, singular, axes = np.linalg.svd((inputs - mean) / spread, full_matrices=False)
    variances = singular**2 / people
    kept = variances > _ROUNDING * variances.max(initial=0)
    left, variances, axes = left[:, kept], variances[kept], axes[kept]
    # Without one person: people / (people - 1) times their deviation from the mean is that from the mean of the others,
    # and the others' sum of squares lacks as much of that person's (Sherman and Morrison 1950).
    share = people / (people - 1)
    leverage = left**2 @ (variances / (variances + _FLOOR / share))
    scores = _FLOOR * share**2 * (people - 1) * leverage / np.maximum(1 - share * leverage, 1e-9)
    return {
        "mean": mean,
        "spread": spread,
        "axes": axes.T * np.sqrt(variances / (variances + _FLOOR)),
        "scores": np.sort(scores),
    }


def oddness(
    inputs: Float[np.ndarray, "voices inputs"],
    mean: Float[np.ndarray, "inputs"],
    spread: Float[np.ndarray, "inputs"],
    axes: Float[np.ndarray, "inputs axes"],
) -> Float[np.ndarray, "voices"]:
    """The squared Mahalanobis distance of voices from the calibration voices, with `_FLOOR` added to each variance.

    Args:
        axes: principal axes of the standardised inputs, each times the root of the share of the floored variance that
            is its own. What they span of a voice is thereby taken off its length; the unit is the floor.
    """
    standard = (inputs - mean) / spread
    return (standard**2).sum(axis=1) - ((standard @ axes) ** 2).sum(axis=1)
