"""Recall and similarity by the length of the recording; paper, tables 2 and 3 and figure 6."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from speech2face.base.intervals import (
    FEWEST_SPEAKERS,
    Estimate,
    difference_of_speakers,
    mean_of_speakers,
    share_of_speakers,
)
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.evaluation.metrics.conditions import Condition, by_condition, chance_recalls, percent_names, recalls
from speech2face.evaluation.metrics.labels import name_of
from speech2face.evaluation.metrics.retrieval import centred_cosine
from speech2face.evaluation.metrics.similarity import angle_degrees, own_cosine
from speech2face.evaluation.trials.schema import read_trial

REFERENCE = "6"
"""The length, in seconds, that others are compared with: that of the paper's model."""
AGAINST = f"against_{REFERENCE}"
ANGLE, COSINE = "angle_degrees", "cosine"


def measure(*, lengths: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """Recall, angle and centred cosine between predicted and true embedding for each length, and against `REFERENCE`.

    Names are `s2f.lengths.<seconds>.<what>` and `s2f.lengths.<seconds>.against_6.<what>`, the second paired by speaker.
    `mean_face.lengths.angle_degrees` is the angle of the mean of all others' true faces, a baseline without audio.
    With fewer than `FEWEST_SPEAKERS` speakers there are no measures.
    """
    conditions = by_condition(read_trial(lengths))
    scores = {name: _scores(condition, settings) for name, condition in conditions.items()}
    faces = next(iter(conditions.values())).faces.astype(float)
    size, shares = len(faces), percent_names(settings.percentages)
    if size < FEWEST_SPEAKERS:
        return {}
    rng = stream(seed, "lengths")
    figures = {
        "mean_face.lengths.angle_degrees": mean_of_speakers(
            angle_degrees(leave_one_out_mean(faces), faces), rng, settings.bootstrap
        )
    }
    figures |= chance_recalls("chance.lengths", settings.percentages, size)
    for seconds, mine in scores.items():
        prefix = f"s2f.lengths.{name_of(seconds)}"
        for what, values in mine.items():
            summarise = share_of_speakers if what in shares else mean_of_speakers
            figures[f"{prefix}.{what}"] = summarise(values, rng, settings.bootstrap)
            if REFERENCE in scores and seconds != REFERENCE:
                other = scores[REFERENCE][what]
                figures[f"{prefix}.{AGAINST}.{what}"] = (
                    difference_of_speakers(values, other, rng, settings.bootstrap)
                    if what in shares
                    else mean_of_speakers(values - other, rng, settings.bootstrap)
                )
    return figures


def _scores(condition: Condition, settings: Metrics) -> Mapping[str, Float[np.ndarray, "speakers"]]:
    voices, faces = condition.voices.astype(float), condition.faces.astype(float)
    return {
        **recalls(voices, faces, settings.percentages, centred_cosine),
        ANGLE: angle_degrees(voices, faces),
        COSINE: own_cosine(voices - voices.mean(axis=0), faces - faces.mean(axis=0)),
    }


def leave_one_out_mean(faces: Float[np.ndarray, "rows d"]) -> Float[np.ndarray, "rows d"]:
    """For each row the mean of all others."""
    return (faces.sum(axis=0) - faces) / (len(faces) - 1)
