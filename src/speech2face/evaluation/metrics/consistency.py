"""Consistency of a speaker's predicted faces: distances within and between clips and people; paper, figure 9."""

from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from speech2face.base.intervals import (
    FEWEST_SPEAKERS,
    Estimate,
    mean_of_speakers,
    share_of_speakers,
    statistic_of_speakers,
)
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.evaluation.metrics.conditions import by_condition, directions, ratio_to
from speech2face.evaluation.metrics.pairs import mean_of_pairs, only
from speech2face.evaluation.trials.schema import read_trial

WITHIN, ACROSS, SAME_SEX, SPEAKERS = "within_clip", "across_clips", "same_sex", "speakers"
"""Distances: between moments of a clip, between clips of a speaker, between speakers of a sex, between any speakers."""
NEAREST = "nearest_is_same_speaker"


def measure(*, moments: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """Distances (1 minus centred cosine) between what the voice gives at several moments and in several clips.

    Names are `s2f.consistency.<unit>.<distance>`, where the unit is `moments` (single stretches) or `clips` (the mean
    of a clip's stretches), `<distance>_over_<speakers, same_sex>` for ratios of two distances, and
    `s2f.consistency.clips.nearest_is_same_speaker` for how often the nearest other clip is of the same speaker.
    `faces.consistency.clips...` is the same of the true faces: the distance of two photographs of one person. With
    fewer than `FEWEST_SPEAKERS` speakers there are no measures.

    Raises:
        ValueError: a clip is missing at some moment.
    """
    conditions = list(by_condition(read_trial(moments)).values())
    clips = conditions[0].clips
    if any(other.clips["clip_id"].tolist() != clips["clip_id"].tolist() for other in conditions):
        raise ValueError(f"{moments} does not hold every clip at every moment; delete it and run the workflow again.")
    speakers, names = pd.factorize(clips["speaker_id"], sort=True)
    if len(names) < FEWEST_SPEAKERS:
        return {}
    sexes = clips.drop_duplicates("speaker_id").set_index("speaker_id").loc[names, "sex"]
    known = sexes.notna().to_numpy()
    same_sex = (sexes.to_numpy()[:, None] == sexes.to_numpy()[None]) & known[:, None] & known[None]
    voices = np.stack([condition.voices for condition in conditions], axis=1)
    faces = conditions[0].faces
    centre = voices.mean(axis=(0, 1))
    units = {
        "s2f.consistency.moments": directions(voices, centre),
        "s2f.consistency.clips": directions(voices.mean(axis=1), centre)[:, None],
        "faces.consistency.clips": directions(faces, faces.mean(axis=0))[:, None],
    }
    rng = stream(seed, "consistency")
    figures: dict[str, Estimate] = {}
    for prefix, parts in units.items():
        found = _distances(parts, speakers, same_sex, rng, settings.bootstrap)
        if parts.shape[1] == 1:
            found |= _nearest(parts[:, 0], speakers, rng, settings.bootstrap)
        figures |= {f"{prefix}.{name}": figure for name, figure in found.items()}
    counts = np.bincount(speakers)
    chance = 100 * float(((counts - 1) / max(len(clips) - 1, 1)).mean())
    figures[f"chance.consistency.{NEAREST}"] = Estimate.exact(chance, len(names))
    return figures


def _distances(
    parts: Float[np.ndarray, "clips moments d"],
    speakers: Int[np.ndarray, "clips"],
    same_sex: Bool[np.ndarray, "speakers speakers"],
    rng: np.random.Generator,
    resamples: int,
) -> dict[str, Estimate]:
    count = len(same_sex)
    of_speaker = [parts[speakers == speaker] for speaker in range(count)]
    own = {
        WITHIN: np.array([np.mean([mean_distance(clip) for clip in clips]) for clips in of_speaker]),
        ACROSS: np.array([mean_distance(clips.mean(axis=1)) for clips in of_speaker]),
    }
    own = {name: values for name, values in own.items() if not np.isnan(values).all()}
    figures = {name: mean_of_speakers(values[~np.isnan(values)], rng, resamples) for name, values in own.items()}
    # The mean of the cosines of all pairs of two speakers' stretches is the product of their mean directions.
    middle = np.stack([clips.mean(axis=(0, 1)) for clips in of_speaker])
    distances, others = 1 - middle @ middle.T, ~np.eye(count, dtype=bool)
    for name, chosen in {SAME_SEX: same_sex & others, SPEAKERS: others}.items():
        if chosen.any():
            between = mean_of_pairs(only(distances, chosen))
            figures[name] = statistic_of_speakers(between, count, rng, resamples)
            for mine, values in own.items():
                figures[f"{mine}_over_{name}"] = statistic_of_speakers(ratio_to(between, values), count, rng, resamples)
    return figures


def mean_distance(parts: Float[np.ndarray, "members d"]) -> float:
    """1 minus the mean dot product of all pairs of different members; NaN where there is one member only.

    Members are unit vectors or means of some; of means it is the distance between single ones of different members.
    """
    count = len(parts)
    if count < 2:
        return np.nan
    total = parts.sum(axis=0)
    return float(1 - (total @ total - (parts**2).sum()) / (count * (count - 1)))


def _nearest(
    parts: Float[np.ndarray, "clips d"], speakers: Int[np.ndarray, "clips"], rng: np.random.Generator, resamples: int
) -> dict[str, Estimate]:
    """How often the nearest other clip is of the same speaker, among the speakers who have another clip."""
    similarity = parts @ parts.T
    np.fill_diagonal(similarity, -np.inf)
    right = (speakers[similarity.argmax(axis=1)] == speakers).astype(float)
    counts = np.bincount(speakers)
    scores = (np.bincount(speakers, right) / counts)[counts > 1]
    return {NEAREST: share_of_speakers(scores, rng, resamples)} if len(scores) else {}
