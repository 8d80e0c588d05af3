"""Shares over speakers with 95 % bootstrap intervals."""

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import norm

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A figure in percent with its 95 % interval and the number of speakers behind it."""

    value: float
    low: float
    high: float
    n: int

    def as_dict(self) -> dict[str, float | int]:
        """For the summary file."""
        return asdict(self)


def share_of_speakers(scores: Float[np.ndarray, "speakers"], rng: np.random.Generator, resamples: int) -> Measure:
    """The mean of one share (0..1) a speaker, in percent, with the bootstrap over speakers.

    The interval is bias-corrected and accelerated (BCa, Efron 1987): shares near 0 or 1 are skewed, and the plain
    percentile interval then lies too close to the end. Where every speaker scores 0, or every one 1, no bootstrap
    sees any spread and it would claim certainty; the interval is then opened to what `n` equal answers exclude
    (exact binomial bound, Clopper and Pearson 1934).

    Raises:
        ValueError: there is no speaker.
    """
    n = len(scores)
    if n == 0:
        raise ValueError("A share of speakers needs at least one speaker.")
    value = float(scores.mean())
    if scores.max() == 0 or scores.min() == 1:
        room = 1 - ((1 - LEVEL) / 2) ** (1 / n)
        low, high = (0.0, room) if value == 0 else (1 - room, 1.0)
    else:
        counts = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
        low, high = _bca(scores, counts @ scores / n)
    return Measure(value=100 * value, low=100 * low, high=100 * high, n=n)


def difference_of_speakers(
    scores: Float[np.ndarray, "speakers"],
    others: Float[np.ndarray, "speakers"],
    rng: np.random.Generator,
    resamples: int,
) -> Measure:
    """How much larger the share `scores` of the same speakers is than `others`, in percent points.

    Paired: what makes a speaker easy or hard for both falls out, and the interval is narrower than those of the two
    shares suggest. BCa bootstrap over speakers, as in `share_of_speakers`.
    """
    apart = scores - others
    n = len(apart)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
    low, high = _bca(apart, counts @ apart / n)
    return Measure(value=100 * float(apart.mean()), low=100 * low, high=100 * high, n=n)


def _bca(scores: Float[np.ndarray, "speakers"], means: Float[np.ndarray, "resamples"]) -> tuple[float, float]:
    """The ends of the BCa interval of the mean of `scores`, given the means of the resamples."""
    value = scores.mean()
    below = (np.sum(means < value) + 0.5 * np.sum(means == value)) / len(means)
    bias = norm.ppf(np.clip(below, 1 / len(means), 1 - 1 / len(means)))
    deviations = scores - value
    acceleration = (deviations**3).sum() / (6 * max((deviations**2).sum(), 1e-12) ** 1.5)
    ends = bias + norm.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    low, high = np.quantile(means, norm.cdf(bias + ends / (1 - acceleration * ends)))
    return float(low), float(high)
