"""Shares over speakers with 95 % bootstrap intervals."""

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float

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
    """The mean of one share (0..1) a speaker, in percent, with the percentile bootstrap over speakers.

    Where every speaker scores 0, or every one 1, the bootstrap sees no spread and would claim certainty; the
    interval is then opened to what `n` equal answers exclude (exact binomial bound, Clopper and Pearson 1934).

    Raises:
        ValueError: there is no speaker.
    """
    n = len(scores)
    if n == 0:
        raise ValueError("A share of speakers needs at least one speaker.")
    value = float(scores.mean())
    counts = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
    low, high = np.quantile(counts @ scores / n, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    if scores.max() == 0 or scores.min() == 1:
        room = 1 - ((1 - LEVEL) / 2) ** (1 / n)
        low, high = (0.0, room) if value == 0 else (1 - room, 1.0)
    return Measure(value=100 * value, low=100 * float(low), high=100 * float(high), n=n)
