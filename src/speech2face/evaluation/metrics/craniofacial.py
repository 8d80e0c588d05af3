"""Craniofacial measures: whether the pictures decoded from a face and from a voice agree in shape; paper, figure 5."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from speech2face.base.intervals import FEWEST_SPEAKERS, LEVEL, Estimate, holm, statistic_of_speakers
from speech2face.base.random import stream
from speech2face.base.shards import read_shard
from speech2face.config import Metrics
from speech2face.data.faces.landmarks import LANDMARKS
from speech2face.evaluation.metrics.proportions import RATIOS, proportions

MEAN = "mean"
"""The name of the mean over all measures."""
COMPARISONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"s2f": ("f2f", "s2f"), "faces_s2f": ("original", "s2f"), "faces_f2f": ("original", "f2f")}
)
"""The two pictures of a clip that each comparison correlates.

The first is the paper's; both its pictures come from one decoder. The second compares with the true face. The third is
what the decoder keeps.
"""
PERMUTATIONS = 19_999
"""The smallest p, 1 in 20,000, stays below the paper's level of 0.001 after correction for 13 tests."""

_BLOCK = 200


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """The measures of two pictures of each clip, and the index of each clip's speaker, from 0."""

    first: Float[np.ndarray, "clips measures"]
    second: Float[np.ndarray, "clips measures"]
    speakers: Int[np.ndarray, "clips"]

    @property
    def people(self) -> int:
        """The number of speakers."""
        return len(np.unique(self.speakers))


def measure(*, reconstructions: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """`<comparison>.craniofacial.<measure>.correlation`, `.p` and `.p_corrected` of `COMPARISONS` and `RATIOS`.

    The correlation is Pearson's r over clips, with the bootstrap over speakers; `mean` is the mean over the measures.
    `p` is two-sided, of a permutation test that permutes the second pictures among the speakers; `p_corrected` is
    Holm's, over the measures of one comparison. `random.craniofacial.<measure>.correlation` are the mean and the middle
    95 % of r of F2F with permuted S2F pictures. Speakers without a clip with a face in both pictures, measures that do
    not vary, and comparisons of fewer than three speakers are left out.
    """
    made = read_shard(reconstructions).to_pandas()
    figures: dict[str, Estimate] = {}
    for number, (name, (one, other)) in enumerate(COMPARISONS.items()):
        pairs = pair(made, one, other)
        if pairs.people < FEWEST_SPEAKERS:
            continue
        rng = stream(seed, "craniofacial", number)
        shuffled = shuffled_correlations(pairs, rng, PERMUTATIONS)
        found = correlation(pairs.first, pairs.second, np.ones(len(pairs.speakers)))
        varied = np.flatnonzero(~np.isnan(found)).tolist()
        if not varied:
            continue
        p = p_values(found[varied], shuffled[:, varied])
        groups = {RATIOS[position].name: [position] for position in varied} | {MEAN: varied}
        for what, positions in groups.items():
            figures[f"{name}.craniofacial.{what}.correlation"] = _mean_correlation(
                pairs, positions, rng, settings.bootstrap
            )
            if name == "s2f":
                figures[f"random.craniofacial.{what}.correlation"] = _middle(shuffled[:, positions], pairs.people)
        for position, alone, corrected in zip(varied, p.tolist(), holm(p).tolist(), strict=True):
            prefix = f"{name}.craniofacial.{RATIOS[position].name}"
            figures[f"{prefix}.p"] = Estimate.exact(alone, pairs.people)
            figures[f"{prefix}.p_corrected"] = Estimate.exact(corrected, pairs.people)
    return figures


def _middle(shuffled: Float[np.ndarray, "times measures"], people: int) -> Estimate:
    """Mean and middle 95 % of the mean of the shuffled correlations."""
    values = shuffled.mean(axis=1)
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value=float(values.mean()), low=float(low), high=float(high), n=people)


def _mean_correlation(pairs: Pairs, positions: list[int], rng: np.random.Generator, resamples: int) -> Estimate:
    first, second = pairs.first[:, positions], pairs.second[:, positions]
    return statistic_of_speakers(
        lambda weights: float(correlation(first, second, weights[pairs.speakers]).mean()), pairs.people, rng, resamples
    )


def pair(made: pd.DataFrame, one: str, other: str) -> Pairs:
    """The measures of the pictures `one` and `other` of those clips where both can be measured.

    Args:
        made: rows of the reconstructions phase.
        one, other: pictures as its columns name them.
    """
    first, second = _measured(made[f"{one}_landmarks"]), _measured(made[f"{other}_landmarks"])
    both = ~np.isnan(first + second).any(axis=1)
    speakers = pd.factorize(made["speaker_id"][both], sort=True)[0]
    return Pairs(first=first[both], second=second[both], speakers=speakers)


def _measured(column: pd.Series) -> np.ndarray:
    seen = column.notna().to_numpy()
    values = np.full((len(column), len(RATIOS)), np.nan)
    if seen.any():
        values[seen] = proportions(np.stack(column[seen].to_list()).astype(np.float64).reshape(-1, LANDMARKS, 2))
    return values


def correlation(
    first: Float[np.ndarray, "clips measures"],
    second: Float[np.ndarray, "*times clips measures"],
    weights: Float[np.ndarray, "clips"],
) -> Float[np.ndarray, "*times measures"]:
    """Pearson's r of each measure, clips weighted; NaN where one of the two does not vary."""
    weights = weights / weights.sum()
    one, other = first - weights @ first, second - (weights @ second)[..., None, :]
    spread = np.sqrt((weights @ one**2) * (weights @ other**2))
    r = np.full(spread.shape, np.nan)
    # What varies less than this is constant but for rounding.
    np.divide(weights @ (one * other), spread, out=r, where=spread > 1e-12)
    return r


def shuffled_correlations(pairs: Pairs, rng: np.random.Generator, times: int) -> Float[np.ndarray, "times measures"]:
    """Pearson's r with the second pictures permuted among the speakers, for each of `times` random permutations.

    A speaker gets the pictures of one other speaker (or, by chance, the own), in order but from a random one on and
    cyclically, so that the similar clips of one speaker stay together. If the other speaker has more, some are unused.
    """
    rows_of = [np.flatnonzero(pairs.speakers == speaker) for speaker in range(pairs.people)]
    counts = np.array([len(rows) for rows in rows_of])
    # The number of each clip among its speaker's clips, and a table of rows by speaker, padded by repetition.
    nth = np.zeros(len(pairs.speakers), int)
    for rows in rows_of:
        nth[rows] = np.arange(len(rows))
    table = np.stack([np.resize(rows, counts.max()) for rows in rows_of])
    weights = np.ones(len(nth))
    found = []
    for done in range(0, times, _BLOCK):
        people = np.tile(np.arange(pairs.people), (min(_BLOCK, times - done), 1))
        dealt = rng.permuted(people, axis=1)
        start = (rng.uniform(size=dealt.shape) * counts[dealt]).astype(int)
        dealt, start = dealt[:, pairs.speakers], start[:, pairs.speakers]
        found.append(correlation(pairs.first, pairs.second[table[dealt, (start + nth) % counts[dealt]]], weights))
    # Constant pictures have no correlation: count it as 0.
    return np.nan_to_num(np.concatenate(found))


def p_values(
    found: Float[np.ndarray, "measures"], shuffled: Float[np.ndarray, "times measures"]
) -> Float[np.ndarray, "measures"]:
    """Two-sided p of each r: the share of permutations with |r| at least as large, the true order counted as one.

    Counting it keeps p above 0, which the level of the test requires (Phipson and Smyth 2010).
    """
    as_far = np.abs(shuffled) >= np.abs(found) - 1e-12
    return (1 + as_far.sum(axis=0)) / (1 + len(shuffled))
