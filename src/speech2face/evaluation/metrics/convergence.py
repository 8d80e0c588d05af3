"""Variants of the voice encoder on unseen speakers: batch normalisation, audio length and loss; paper, figure 8."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float

from speech2face.base.intervals import (
    Estimate,
    difference_of_speakers,
    share_of_speakers,
    statistic_of_speakers,
)
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.evaluation.metrics.retrieval import recall_of_speakers
from speech2face.evaluation.trials.schema import read_trial

RUN = "run"
"""The variant that the others are compared with: the run's own voice encoder."""
_PERCENT = 10


def measure(*, variants: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """`<variant>.convergence.<what>` of every variant of the trial.

    `recall_at_10_percent` by centred cosine and `against_run.recall_at_10_percent`, paired by speaker; `error`, the
    squared error in units of the true faces' own variance (1: always the mean test face); `spread`, the variance of the
    predictions as a share of the true faces', in percent: 0 is the collapse to one average face that the paper reports.
    """
    trial = read_trial(variants)
    figures: dict[str, Estimate] = {}
    recalls = {}
    rng = stream(seed, "convergence")
    for name, part in trial.groupby("condition", sort=False):
        people = part["speaker_id"].factorize(sort=True)[0]
        faces, voices = (np.stack(part[f"{kind}_embedding"].to_list()) for kind in ("face", "voice"))
        # The galleries of the family `retrieval`.
        rng_of_galleries = stream(seed, "galleries")
        recalls[name] = recall_of_speakers(voices, faces, people, _PERCENT, rng_of_galleries, settings.galleries)
        count = len(recalls[name])
        found = share_of_speakers(recalls[name], rng, settings.bootstrap)
        figures[f"{name}.convergence.recall_at_{_PERCENT}_percent"] = found
        for what, statistic in (("error", relative_error), ("spread", relative_spread)):
            of_weights = partial(_of_weights, statistic, voices, faces, people)
            figures[f"{name}.convergence.{what}"] = statistic_of_speakers(of_weights, count, rng, settings.bootstrap)
    for name in recalls:
        if name != RUN:
            figures[f"{name}.convergence.against_run.recall_at_{_PERCENT}_percent"] = difference_of_speakers(
                recalls[name], recalls[RUN], rng, settings.bootstrap
            )
    return figures


def _of_weights(
    statistic: Callable[[np.ndarray, np.ndarray, np.ndarray], float],
    voices: np.ndarray,
    faces: np.ndarray,
    people: np.ndarray,
    weights: np.ndarray,
) -> float:
    """A statistic of clips as one of the weights of their speakers."""
    return statistic(voices, faces, weights[people])


def variance(embeddings: Float[np.ndarray, "clips d"], weights: Float[np.ndarray, "clips"]) -> float:
    """Weighted mean squared distance from the weighted mean."""
    mean = weights @ embeddings / weights.sum()
    return float(weights @ ((embeddings - mean) ** 2).sum(axis=1) / weights.sum())


def relative_error(
    predicted: Float[np.ndarray, "clips d"], true: Float[np.ndarray, "clips d"], weights: Float[np.ndarray, "clips"]
) -> float:
    """Weighted mean squared distance of prediction and truth, in units of the truth's variance."""
    squared = ((predicted - true) ** 2).sum(axis=1)
    return float(weights @ squared / weights.sum()) / variance(true, weights)


def relative_spread(
    predicted: Float[np.ndarray, "clips d"], true: Float[np.ndarray, "clips d"], weights: Float[np.ndarray, "clips"]
) -> float:
    """Variance of the predictions in percent of that of the truth."""
    return 100 * variance(predicted, weights) / variance(true, weights)
