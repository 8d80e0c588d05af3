"""What the measures of all trials share: a trial's rows by condition, recall in it, and distances between speakers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from speech2face.metrics.retrieval import Similarity, cosine, percent_to_rank, recall_scores

LEAST_SPEAKERS = 3
"""Fewer than these leave no pair of speakers when one is left out, as the bootstrap does."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """The rows of a trial under one condition, in the order of clip ids.

    Attributes:
        clips: `clip_id`, `speaker_id`, the labels and `condition`.
        faces: the true face embeddings.
        voices: the embeddings that the voice gives.
    """

    clips: pd.DataFrame
    faces: Float[np.ndarray, "clips d"]
    voices: Float[np.ndarray, "clips d"]


def by_condition(trial: pd.DataFrame) -> dict[str, Condition]:
    """The conditions of a trial in the order in which its rows name them first.

    Raises:
        ValueError: the trial has no row.
    """
    if trial.empty:
        raise ValueError("The trial has no row: there is no test clip; raise splits.test or add speakers.")
    return {str(name): condition_of(rows) for name, rows in trial.groupby("condition", sort=False)}


def condition_of(rows: pd.DataFrame) -> Condition:
    """Some rows of a trial as one condition."""
    rows = rows.sort_values("clip_id")
    return Condition(
        clips=rows.drop(columns=["face_embedding", "voice_embedding"]).reset_index(drop=True),
        faces=np.stack(rows["face_embedding"].to_list()),
        voices=np.stack(rows["voice_embedding"].to_list()),
    )


def name_part(text: str) -> str:
    """A condition or a label as a part of a measure's name: `en-us` becomes `en_us`, `1.5` becomes `1_5`."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower())


def percent_names(percentages: Sequence[int]) -> dict[str, int]:
    """The percentage behind each name of a recall."""
    return {f"recall_at_{percent}_percent": percent for percent in percentages}


def recalls(
    voices: Float[np.ndarray, "speakers d"],
    faces: Float[np.ndarray, "speakers d"],
    percentages: Sequence[int],
    similarity: Similarity,
) -> Mapping[str, Float[np.ndarray, "speakers"]]:
    """For each percentage of the gallery of all speakers whether a speaker's own face is among the nearest (0..1)."""
    size = len(faces)
    ks = {name: percent_to_rank(percent, size) for name, percent in percent_names(percentages).items()}
    return recall_scores(voices, faces, np.ones(size, bool), np.arange(size)[None], similarity, ks)


def directions(
    embeddings: Float[np.ndarray, "*rows d"], centre: Float[np.ndarray, "d"]
) -> Float[np.ndarray, "*rows d"]:
    """Unit vectors from `centre`: 1 minus the dot product of two is their distance by centred cosine."""
    apart = embeddings - centre
    return apart / np.maximum(np.linalg.norm(apart, axis=-1, keepdims=True), 1e-12)


def own_cosine(queries: Float[np.ndarray, "rows d"], targets: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows"]:
    """Cosine similarity of each query with its own target, -1 to 1."""
    return np.clip(np.diag(cosine(queries, targets)), -1, 1)


Statistic = Callable[[Float[np.ndarray, "speakers"]], float]
"""A statistic of the speakers' weights, for `statistic_of_speakers`; NaN where they leave nothing to compute from."""


def mean_of_pairs(
    distances: Float[np.ndarray, "speakers speakers"], chosen: Bool[np.ndarray, "speakers speakers"]
) -> Statistic:
    """The mean distance of the chosen pairs of speakers.

    A speaker drawn twice is no pair with itself: the diagonal is never chosen.
    """
    chosen = chosen & ~np.eye(len(chosen), dtype=bool)
    kept = np.where(chosen, distances, 0.0)

    def statistic(weights: Float[np.ndarray, "speakers"]) -> float:
        pairs = weights @ chosen @ weights
        return float(weights @ kept @ weights / pairs) if pairs > 0 else np.nan

    return statistic


def ratio_to(between: Statistic, values: Float[np.ndarray, "speakers"]) -> Statistic:
    """The mean of `values`, NaN left out, over the statistic `between` of the same speakers."""
    known = ~np.isnan(values)

    def statistic(weights: Float[np.ndarray, "speakers"]) -> float:
        if not weights[known].any():
            return np.nan
        return float(np.average(values[known], weights=weights[known])) / between(weights)

    return statistic
