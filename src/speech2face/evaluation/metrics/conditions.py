"""Shared by the measures of all trials: rows by condition, recalls, and distances between speakers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from speech2face.base.intervals import Estimate
from speech2face.evaluation.metrics.pairs import Statistic
from speech2face.evaluation.metrics.retrieval import Similarity, percent_to_rank, recall_scores


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


def percent_names(percentages: Sequence[int]) -> dict[str, int]:
    """The percentage behind each name of a recall."""
    return {f"recall_at_{percent}_percent": percent for percent in percentages}


def chance_recalls(prefix: str, percentages: Sequence[int], speakers: int) -> dict[str, Estimate]:
    """Recalls of a random order of the gallery of all speakers, by `<prefix>.<name of the recall>`."""
    return {
        f"{prefix}.{name}": Estimate.exact(100 * percent_to_rank(percent, speakers) / speakers, speakers)
        for name, percent in percent_names(percentages).items()
    }


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


def ratio_to(between: Statistic, values: Float[np.ndarray, "speakers"]) -> Statistic:
    """The mean of `values`, NaN left out, over the statistic `between` of the same speakers."""
    known = ~np.isnan(values)

    def statistic(weights: Float[np.ndarray, "speakers"]) -> float:
        if not weights[known].any():
            return np.nan
        return float(np.average(values[known], weights=weights[known])) / between(weights)

    return statistic
