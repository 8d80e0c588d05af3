"""Means over pairs of different speakers, whose intervals draw both speakers of a pair."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int

Statistic = Callable[[Float[np.ndarray, "speakers"]], float]
"""A statistic of the speakers' weights, for `statistic_of_speakers`; NaN if they leave no value."""


def between_speakers(
    table: Float[np.ndarray, "clips others"],
    speakers: Int[np.ndarray, "clips"],
    of_others: Int[np.ndarray, "others"],
) -> Float[np.ndarray, "speakers speakers"]:
    """The mean of `table` over the clips of each pair of speakers; NaN on the diagonal, which is no pair.

    Args:
        table: a number for each pair of clips.
        speakers, of_others: index of each clip's speaker, from 0 without gaps, in rows and in columns.
    """
    means = _averages(speakers) @ table @ _averages(of_others).T
    np.fill_diagonal(means, np.nan)
    return means


def _averages(speakers: Int[np.ndarray, "clips"]) -> Float[np.ndarray, "speakers clips"]:
    """The matrix that takes the mean over each speaker's clips."""
    clips_of = speakers == np.arange(speakers.max() + 1)[:, None]
    return clips_of / clips_of.sum(axis=1, keepdims=True)


def only(
    pairs: Float[np.ndarray, "speakers speakers"], where: Bool[np.ndarray, "speakers speakers"]
) -> Float[np.ndarray, "speakers speakers"]:
    """The pairs of speakers for which `where` holds; the others become NaN and count no more."""
    return np.where(where, pairs, np.nan)


def mean_of_pairs(pairs: Float[np.ndarray, "speakers speakers"]) -> Statistic:
    """The mean over the pairs that are not NaN, as a function of the speakers' weights.

    A pair weighs the product of its speakers' weights: where a speaker was drawn twice, so were its pairs, but it is
    never paired with itself. NaN where the weights leave no pair.
    """
    known = (~np.isnan(pairs)).astype(float)
    values = np.nan_to_num(pairs)

    def mean(weights: np.ndarray) -> float:
        total = weights @ known @ weights
        return float(weights @ values @ weights / total) if total > 0 else float("nan")

    return mean
