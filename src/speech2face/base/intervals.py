"""Means, shares and other statistics over speakers with 95 % bootstrap intervals."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr, ndtri

from speech2face.base.estimates import Estimate

LEVEL = 0.95
FEWEST_SPEAKERS = 3
"""Least number of speakers for a measure over pairs of speakers: a pair must remain without any one of them."""


def share_of_speakers(scores: Float[np.ndarray, "speakers"], rng: np.random.Generator, resamples: int) -> Estimate:
    """The mean of one share (0..1) per speaker, in percent, with the bootstrap over speakers.

    The interval is bias-corrected and accelerated (BCa, Efron 1987): shares near 0 or 1 are skewed, and the plain
    percentile interval then lies too close to the end. If all speakers score 0, or all score 1, the bootstrap
    has no spread; the interval is then the exact binomial one (Clopper and Pearson 1934).

    >>> recall = share_of_speakers(np.array([1, 0, 1, 1.0]), np.random.default_rng(0), resamples=1000)
    >>> recall.value, recall.n
    (75.0, 4)

    Raises:
        ValueError: there is no speaker.
    """
    _require_speakers(len(scores))
    if scores.max() == 0 or scores.min() == 1:
        n, value = len(scores), float(scores[0])
        room = 1 - ((1 - LEVEL) / 2) ** (1 / n)
        low, high = (0.0, room) if value == 0 else (1 - room, 1.0)
        return Estimate(value=100 * value, low=100 * low, high=100 * high, n=n)
    return mean_of_speakers(100 * scores, rng, resamples)


def mean_of_speakers(scores: Float[np.ndarray, "speakers"], rng: np.random.Generator, resamples: int) -> Estimate:
    """The mean of one number per speaker, in its own unit, with the BCa bootstrap over speakers.

    Raises:
        ValueError: there is no speaker.
    """
    _require_speakers(len(scores))
    n = len(scores)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
    low, high = _bca(scores, counts @ scores / n)
    return Estimate(value=float(scores.mean()), low=low, high=high, n=n)


def statistic_of_speakers(
    statistic: Callable[[Float[np.ndarray, "speakers"]], float],
    speakers: int,
    rng: np.random.Generator,
    resamples: int,
) -> Estimate:
    """Any statistic of the speakers, in its own unit, with the BCa bootstrap over them.

    Args:
        statistic: from the weight of each speaker (how often it was drawn; all 1 for the value itself) to the
            statistic. It may be NaN for resamples in which it is not defined; these are left out.
        speakers: the number of speakers.

    Raises:
        ValueError: there is no speaker, or the value itself is not a number.
    """
    _require_speakers(speakers)
    everyone = np.ones(speakers)
    value = float(statistic(everyone))
    if np.isnan(value):
        raise ValueError("A statistic of speakers must be a number for the speakers as they are.")
    drawn = rng.multinomial(speakers, everyone / speakers, size=resamples).astype(float)
    resampled = np.array([statistic(weights) for weights in drawn])
    without = np.array([statistic(everyone - (np.arange(speakers) == left)) for left in range(speakers)])
    resampled, without = resampled[~np.isnan(resampled)], without[~np.isnan(without)]
    low, high = _bca_ends(value, resampled, without.mean() - without)
    return Estimate(value=value, low=low, high=high, n=speakers)


def _require_speakers(n: int) -> None:
    if n == 0:
        raise ValueError("A figure over speakers needs at least one speaker.")


def difference_of_speakers(
    scores: Float[np.ndarray, "speakers"],
    others: Float[np.ndarray, "speakers"],
    rng: np.random.Generator,
    resamples: int,
) -> Estimate:
    """How much larger the share `scores` of the same speakers is than `others`, in percent points.

    Paired: what makes a speaker easy or hard for both cancels, so the interval is narrower than those of the two
    shares suggest. BCa bootstrap over speakers, as in `share_of_speakers`.
    """
    apart = scores - others
    n = len(apart)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
    low, high = _bca(apart, counts @ apart / n)
    return Estimate(value=100 * float(apart.mean()), low=100 * low, high=100 * high, n=n)


def _bca(scores: Float[np.ndarray, "speakers"], means: Float[np.ndarray, "resamples"]) -> tuple[float, float]:
    """The ends of the BCa interval of the mean of `scores`, given the means of the resamples."""
    return _bca_ends(float(scores.mean()), means, scores - scores.mean())


def _bca_ends(
    value: float, resampled: Float[np.ndarray, "resamples"], influence: Float[np.ndarray, "speakers"]
) -> tuple[float, float]:
    """The ends of the BCa interval (Efron 1987) of a statistic.

    Args:
        influence: how far each speaker pulls the statistic up, in any unit; for a mean, the speaker's deviation.
    """
    below = (np.sum(resampled < value) + 0.5 * np.sum(resampled == value)) / len(resampled)
    bias = ndtri(np.clip(below, 1 / len(resampled), 1 - 1 / len(resampled)))
    size = (influence**2).sum() ** 1.5
    acceleration = (influence**3).sum() / (6 * size) if size > 0 else 0.0
    ends = bias + ndtri([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    low, high = np.quantile(resampled, ndtr(bias + ends / (1 - acceleration * ends)))
    # If nearly all resamples lie on one side, as for ratios over few speakers, widen the interval to hold the value.
    return min(float(low), value), max(float(high), value)


def holm(p: Float[np.ndarray, "tests"]) -> Float[np.ndarray, "tests"]:
    """The values of p with Holm's correction of the family-wise error rate (Holm 1979).

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(raised, 1)
    return corrected
