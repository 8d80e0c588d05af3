"""Ridge regression whose penalty is chosen for each target by leave-one-out errors, up to predicting the mean."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

# In units of the variance of a standardised feature; with the last, the prediction is the mean.
PENALTIES = (*np.geomspace(1e-3, 1e2, 16).tolist(), np.inf)
# Directions with less than this part of the largest spread are rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True)
class Linear:
    """`offset + features @ weights`."""

    weights: Float[np.ndarray, "features targets"]
    offset: Float[np.ndarray, "targets"]

    def __call__(self, features: Float[np.ndarray, "people features"]) -> Float[np.ndarray, "people targets"]:
        """Predict."""
        return features @ self.weights + self.offset


class Ridge:
    """The features of some people, decomposed once for any number of targets.

    >>> features = np.random.default_rng(0).normal(size=(50, 3))
    >>> fit = Ridge(features).fit(features @ np.array([[1.0], [2.0], [0.0]]))
    >>> bool(np.allclose(fit.weights, [[1.0], [2.0], [0.0]], atol=1e-2))
    True
    """

    def __init__(self, features: Float[np.ndarray, "people features"]) -> None:
        self._mean, spread = features.mean(axis=0), features.std(axis=0)
        # A feature that never changes is left out.
        self._spread = np.where(spread > _ROUNDING * spread.max(initial=0), spread, np.inf)
        standard = (features - self._mean) / self._spread
        # The eigenvectors of the smaller product suffice, many times faster than a decomposition of the features.
        wide = standard.shape[1] > standard.shape[0]
        square, axes = np.linalg.eigh(standard @ standard.T if wide else standard.T @ standard)
        singular = np.sqrt(np.maximum(square, 0))
        kept = singular > _ROUNDING * singular.max(initial=0)
        self._singular, axes = singular[kept], axes[:, kept]
        self._left = axes if wide else (standard @ axes) / self._singular
        self._right = (standard.T @ axes) / self._singular if wide else axes

    def fit(self, targets: Float[np.ndarray, "people targets"]) -> Linear:
        """Fit each target with the largest penalty that is not clearly worse than the best one.

        A penalty is judged by the squared errors of people left out one by one, which a ridge gives in closed form;
        "clearly" is one standard error of their paired difference. So a target that the features say nothing about
        gets its mean, not noise.
        """
        people, centre = len(targets), targets.mean(axis=0)
        along = self._left.T @ (targets - centre)
        losses, scales = [], []
        for penalty in PENALTIES:
            kept = self._singular**2 / (self._singular**2 + penalty * people)
            # How much of a person's own value is not in the prediction; the mean, too, takes 1/n of it.
            free = np.maximum(1 - 1 / people - (self._left**2) @ kept, 1e-9)
            residual = (targets - centre - self._left @ (kept[:, None] * along)) / free[:, None]
            losses.append(residual**2)
            scales.append(kept / self._singular)
        scale = np.stack(scales)[_largest_not_worse(np.stack(losses))].T
        weights = (self._right @ (scale * along)) / self._spread[:, None]
        return Linear(weights=weights, offset=centre - self._mean @ weights)


def _largest_not_worse(losses: Float[np.ndarray, "penalties people targets"]) -> np.ndarray:
    best = losses.mean(axis=1).argmin(axis=0)
    more = losses - np.take_along_axis(losses, best[None, None, :], axis=0)
    good = more.mean(axis=1) <= more.std(axis=1) / np.sqrt(losses.shape[1])
    return len(losses) - 1 - good[::-1].argmax(axis=0)
