"""Split and cross-conformal prediction: quantiles and p-values from the scores of calibration people.

Coverage is guaranteed for people who are exchangeable with the calibration people: one recording each, drawn alike
(Vovk, Gammerman and Shafer, *Algorithmic Learning in a Random World*, 2005; Angelopoulos and Bates, *Conformal
Prediction: A Gentle Introduction*, 2023).
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

_NEAR, _FEWEST_NEAR = 12, 40


def upper_quantile(scores: Float[np.ndarray, "people"], share: float) -> float:
    """A score that the next person's exceeds with a probability of at most 1 - `share`; infinite for too few people.

    >>> upper_quantile(np.arange(1.0, 20.0), 0.9)
    18.0
    >>> upper_quantile(np.arange(1.0, 9.0), 0.9)
    inf
    """
    people = len(scores)
    rank = int(np.ceil((people + 1) * share))
    return float(np.sort(scores)[rank - 1]) if rank <= people else float("inf")


def lower_quantile(scores: Float[np.ndarray, "people"], share: float) -> float:
    """A score that the next person's falls below with a probability of at most `share`."""
    return -upper_quantile(-scores, 1 - share)


def nearest(positions: Float[np.ndarray, "people"], at: float) -> slice:
    """The people nearest to a position, for coverage that holds there and not only on average over all people.

    They are a twelfth of all people, but at least 40, twice what a tail of 5 % needs; all people where all positions
    are equal.

    Args:
        positions: of the people, sorted upwards.
    """
    if len(positions) == 0 or positions[0] == positions[-1]:
        return slice(None)
    count = min(len(positions), max(_FEWEST_NEAR, len(positions) // _NEAR))
    ends = positions[count - 1 :]
    start = int(np.maximum(at - positions[: len(ends)], ends - at).argmin())
    return slice(start, start + count)


def p_value(score: float, calibration: Float[np.ndarray, "people"]) -> float:
    """The share of people, with the one tested, whose score is at least as high; `calibration` is sorted upwards.

    >>> p_value(2.5, np.array([1.0, 2.0, 3.0]))
    0.5
    """
    as_odd = len(calibration) - np.searchsorted(calibration, score, side="left")
    return float((as_odd + 1) / (len(calibration) + 1))


def wilson(hits: int, people: int, deviations: float = 1.96) -> tuple[float, float]:
    """The interval of a share (Wilson 1927), by default of 95 %; `deviations` is the normal quantile.

    >>> low, high = wilson(45, 50)
    >>> print(f"{low:.3f} to {high:.3f}")
    0.786 to 0.957
    """
    if people == 0:
        return 0.0, 1.0
    share, square = hits / people, deviations**2 / people
    middle = (share + square / 2) / (1 + square)
    half = deviations * np.sqrt(share * (1 - share) / people + square / people / 4) / (1 + square)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def smallest_factor(risks: Callable[[float], Float[np.ndarray, "people"]], level: float, most: float = 64.0) -> float:
    """Conformal risk control (Angelopoulos et al. 2024): the least factor that keeps the expected risk at `level`.

    Args:
        risks: from a factor to the risk of each calibration person, 0..1; must not rise with the factor.
        most: largest factor that is tried.

    Raises:
        ValueError: there are too few people for the level, or `most` does not reach it.
    """

    def holds(factor: float) -> bool:
        values = risks(factor)
        return float((values.sum() + 1) / (len(values) + 1)) <= level

    if not holds(most):
        raise ValueError(f"A risk of {level:g} cannot be promised with {len(risks(most))} people: calibrate on more.")
    low, high = 0.0, most
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
