"""The effect of another language on the predicted face of the same talker; paper, figure 10."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from speech2face.base.columns import gather_arrays
from speech2face.base.intervals import (
    FEWEST_SPEAKERS,
    Estimate,
    difference_of_speakers,
    mean_of_speakers,
    share_of_speakers,
    statistic_of_speakers,
)
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.data.splits.share import TRAIN, read_index
from speech2face.evaluation.metrics.attributes import Probe
from speech2face.evaluation.metrics.conditions import (
    Condition,
    by_condition,
    chance_recalls,
    condition_of,
    directions,
    ratio_to,
    recalls,
)
from speech2face.evaluation.metrics.labels import labels_of, name_of
from speech2face.evaluation.metrics.pairs import Statistic, mean_of_pairs, only
from speech2face.evaluation.metrics.retrieval import cosine
from speech2face.evaluation.trials.schema import read_trial

OWN, OWN_AGAIN, OTHERS = "own", "own_again", "others"
"""The talker's language, another recording in it, and the mean of all other languages that every talker speaks."""
DISTANCE, CHANGED = "distance", "changed_group"

Scores = Mapping[str, Float[np.ndarray, "talkers"]]
"""One value per talker for each measure; NaN where the language is the talker's own."""


def measure(*, languages: Path, index: Path, faces: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """Change of the predicted face, of its recall and of its apparent group when a talker speaks another language.

    Names are `s2f.languages.<language>.<what>`, where the language is `own`, `own_again`, one that every talker
    speaks, or `others`, the mean over those. All but `read_as_<group>` leave out the language's own speakers.

    - `distance`: 1 minus centred cosine to the prediction from the own language; `s2f.languages.talkers.distance` is
      that between talkers, all in their own, and `distance_over_talkers` the ratio of both;
    - `recall_at_<p>_percent`: of the true face, in the gallery of all talkers;
    - `changed_group`: percent of talkers for whom a probe reads another group than in the own language;
    - `read_as_<group>`: percent of all talkers for whom it reads that group; `faces.languages...` from true faces;
    - `against_own_again.<distance, changed_group>` and `against_own.<recall>`: paired differences.

    Predictions in every language are centred by the mean of those in the own languages, so that a shift common to all
    talkers counts. With fewer than `FEWEST_SPEAKERS` talkers there are no measures.

    Args:
        index, faces: of the splits and the faces phase; the training faces are what the probe learns from.

    Raises:
        ValueError: the trial has no row in a talker's own language.
    """
    trial = read_trial(languages)
    own = _own(trial, languages)
    talkers = own.clips["speaker_id"].tolist()
    if len(talkers) < FEWEST_SPEAKERS:
        return {}
    spoken = {OWN: own} | {
        name: condition
        for name, condition in by_condition(trial).items()
        if condition.clips["speaker_id"].tolist() == talkers
    }
    rng = stream(seed, "languages")
    figures, groups = _readings(spoken, own, read_index(index, TRAIN), faces, rng, settings.bootstrap, seed)
    scores = {name: _scores(name, condition, own, groups, settings) for name, condition in spoken.items()}
    codes = [name for name in spoken if name not in (OWN, OWN_AGAIN)]
    if codes:
        scores[OTHERS] = {what: _mean_of([scores[code][what] for code in codes]) for what in scores[codes[0]]}
    figures |= _references(own, settings, rng)
    for name in scores:
        figures |= _figures(name, scores, own, rng, settings.bootstrap)
    return figures


def _own(trial: pd.DataFrame, path: Path) -> Condition:
    """The condition in which each talker speaks the own language."""
    rows = trial[trial["condition"] == trial["language"]]
    if rows.empty:
        raise ValueError(f"{path} holds no recording in a talker's own language; delete it and run the workflow again.")
    return condition_of(rows)


def _directions(condition: Condition, own: Condition) -> Float[np.ndarray, "talkers d"]:
    return directions(condition.voices, own.voices.mean(axis=0))


def _readings(
    spoken: Mapping[str, Condition],
    own: Condition,
    train: pd.DataFrame,
    faces: Path,
    rng: np.random.Generator,
    resamples: int,
    seed: int,
) -> tuple[dict[str, Estimate], dict[str, np.ndarray]]:
    """Shares of the groups that a probe reads in each language, and the group read for each talker.

    Both are empty if the source has no labels of groups.
    """
    labels = labels_of(train)["ethnicity"]
    known = labels.notna().to_numpy()
    if labels[known].nunique() < 2:
        return {}, {}
    probe = Probe(gather_arrays(train[known], faces, "embedding"), labels[known].tolist(), seed)
    groups = {name: probe.predict(condition.voices) for name, condition in spoken.items()}
    read = {f"s2f.languages.{name_of(name)}": got for name, got in groups.items()}
    return {
        f"{prefix}.read_as_{name_of(group)}": share_of_speakers((got == group).astype(float), rng, resamples)
        for prefix, got in (read | {"faces.languages": probe.predict(own.faces)}).items()
        for group in sorted(labels[known].unique())
    }, groups


def _scores(
    name: str, condition: Condition, own: Condition, groups: Mapping[str, np.ndarray], settings: Metrics
) -> Scores:
    foreign = (own.clips["language"] != name).to_numpy()
    centre = own.voices.mean(axis=0)

    def similarity(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
        return cosine(queries - centre, gallery - gallery.mean(axis=0))

    scores = dict(recalls(condition.voices, own.faces, settings.percentages, similarity))
    if name != OWN:
        scores[DISTANCE] = 1 - (_directions(condition, own) * _directions(own, own)).sum(axis=1)
        if groups:
            scores[CHANGED] = (groups[name] != groups[OWN]).astype(float)
    return {what: np.where(foreign, values, np.nan) for what, values in scores.items()}


def _mean_of(scores: Sequence[Float[np.ndarray, "talkers"]]) -> Float[np.ndarray, "talkers"]:
    """Each talker's mean over the languages, without the own one; NaN where there is no other."""
    known = ~np.isnan(scores)
    counts = known.sum(axis=0)
    return np.where(counts > 0, np.nansum(scores, axis=0) / np.maximum(counts, 1), np.nan)


def _between_talkers(units: Float[np.ndarray, "talkers d"]) -> Statistic:
    """The mean distance between talkers, given the directions of their faces."""
    return mean_of_pairs(only(1 - units @ units.T, ~np.eye(len(units), dtype=bool)))


def _references(own: Condition, settings: Metrics, rng: np.random.Generator) -> dict[str, Estimate]:
    """The distance between talkers, and the recalls of chance."""
    units, size = _directions(own, own), len(own.clips)
    between = statistic_of_speakers(_between_talkers(units), size, rng, settings.bootstrap)
    chance = chance_recalls("chance.languages", settings.percentages, size)
    return {f"s2f.languages.talkers.{DISTANCE}": between} | chance


def _figures(
    name: str, scores: Mapping[str, Scores], own: Condition, rng: np.random.Generator, resamples: int
) -> dict[str, Estimate]:
    """One language: each score, and its paired difference from `own`, or from `own_again`."""
    figures, prefix = {}, f"s2f.languages.{name_of(name)}"
    for what, values in scores[name].items():
        kept = ~np.isnan(values)
        if not kept.any():
            continue
        summarise = mean_of_speakers if what == DISTANCE else share_of_speakers
        figures[f"{prefix}.{what}"] = summarise(values[kept], rng, resamples)
        reference = OWN if what in scores[OWN] else OWN_AGAIN
        if reference in scores and name not in (OWN, reference):
            other = scores[reference][what]
            figures[f"{prefix}.against_{reference}.{what}"] = (
                mean_of_speakers((values - other)[kept], rng, resamples)
                if what == DISTANCE
                else difference_of_speakers(values[kept], other[kept], rng, resamples)
            )
        if what == DISTANCE and kept.sum() >= FEWEST_SPEAKERS:
            units, moved = _directions(own, own)[kept], values[kept]
            ratio = ratio_to(_between_talkers(units), moved)
            figures[f"{prefix}.{what}_over_talkers"] = statistic_of_speakers(ratio, len(moved), rng, resamples)
    return figures
