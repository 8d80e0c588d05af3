"""Quality of the generated faces: detection, identity, diversity, and distance from the distribution of true faces.

The paper does not measure the quality of its pictures. These measures are used by later work: identity, and an analogue
of the VGGFace score of SF2F (Bai et al. 2022). They use the face encoder that the pictures were made with, which need
not agree with people's judgement.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float, Int, Shaped
from scipy.spatial.distance import cdist

from speech2face.base.columns import gather_arrays
from speech2face.base.intervals import (
    FEWEST_SPEAKERS,
    Estimate,
    mean_of_speakers,
    share_of_speakers,
    statistic_of_speakers,
)
from speech2face.base.random import stream
from speech2face.base.shards import read_shard
from speech2face.config import Metrics
from speech2face.data.faces.classifier import SpeakerClassifier, fit_classifier
from speech2face.data.splits.share import TRAIN, read_index
from speech2face.evaluation.metrics.distributions import frechet_distance, identity_score, jackknife_of_speakers
from speech2face.evaluation.metrics.labels import among_speakers
from speech2face.evaluation.metrics.pairs import between_speakers, mean_of_pairs, only
from speech2face.evaluation.metrics.retrieval import centred_cosine
from speech2face.evaluation.metrics.similarity import other_clips
from speech2face.evaluation.predictions.schema import PICTURES, Prediction, Predictions, read_predictions

TRUE_FACES, TRAINING_FACES, DRAWS = "faces", "training_faces", "draws"


@dataclass(frozen=True, kw_only=True)
class FaceSet:
    """Faces of several people.

    Attributes:
        speakers: index of each face's speaker, from 0 without gaps.
        sexes: of each speaker, None if unknown.
    """

    embeddings: Float[np.ndarray, "clips d"]
    speakers: Int[np.ndarray, "clips"]
    sexes: Shaped[np.ndarray, "speakers"]

    @classmethod
    def of_clips(cls, embeddings: Float[np.ndarray, "clips d"], clips: pd.DataFrame) -> "FaceSet":
        """The faces of `clips`, which have a `speaker_id` and a `sex`."""
        speakers, names = pd.factorize(clips["speaker_id"], sort=True)
        sexes = clips.drop_duplicates("speaker_id").set_index("speaker_id")["sex"].loc[names].to_numpy(object)
        return cls(embeddings=embeddings.astype(float), speakers=speakers, sexes=sexes)

    @property
    def people(self) -> int:
        """The number of speakers."""
        return len(self.sexes)

    @property
    def same_sex(self) -> Bool[np.ndarray, "speakers speakers"]:
        """Which pairs of people are known to be of one sex."""
        return (self.sexes == self.sexes[:, None]) & pd.notna(self.sexes)

    def weights(self, of_speakers: Float[np.ndarray, "speakers"]) -> Float[np.ndarray, "clips"]:
        """Weights of the faces, each speaker's weight shared equally among the speaker's faces."""
        return (of_speakers / np.bincount(self.speakers))[self.speakers]


def identity(shown: FaceSet, true: FaceSet, rng: np.random.Generator, resamples: int) -> dict[str, Estimate]:
    """Similarity of faces to the true faces of the same clips, and to those of other people.

    Returns:
        `cosine`, centred, and `l2` in the face encoder's unit; the same with `_other` between people of whom each is
        shown and each other one true, and with `_same_sex` between such of one sex, if there are.
    """
    tables = {
        "cosine": centred_cosine(shown.embeddings, true.embeddings),
        "l2": cdist(shown.embeddings, true.embeddings),
    }
    every, measures = np.ones(len(shown.speakers), bool), {}
    for name, table in tables.items():
        own = among_speakers(np.diag(table), every, shown.speakers)
        measures[name] = mean_of_speakers(own, rng, resamples)
        others = between_speakers(table, shown.speakers, true.speakers)
        for suffix, pairs in {"other": others, "same_sex": only(others, shown.same_sex)}.items():
            if not np.isnan(pairs).all():
                measures[f"{name}_{suffix}"] = statistic_of_speakers(mean_of_pairs(pairs), shown.people, rng, resamples)
    return measures


def diversity(shown: FaceSet, true: FaceSet, rng: np.random.Generator, resamples: int) -> dict[str, Estimate]:
    """The mean L2 distance between faces of different people as a percentage of that between true faces.

    Args:
        shown, true: of as many people; the two weights of a resample's speaker go to one of each.

    Returns:
        `diversity`, and `diversity_same_sex` of pairs of one sex if there are: a set in which the faces of each sex are
        all alike can still be diverse by the difference of the sexes.
    """
    apart = between_speakers(cdist(shown.embeddings, shown.embeddings), shown.speakers, shown.speakers)
    true_apart = between_speakers(cdist(true.embeddings, true.embeddings), true.speakers, true.speakers)
    within = (only(apart, shown.same_sex), only(true_apart, true.same_sex))
    measures = {}
    for name, (pairs, true_pairs) in {"diversity": (apart, true_apart), "diversity_same_sex": within}.items():
        if np.isnan(pairs).all() or np.isnan(true_pairs).all():
            continue
        mean, true_mean = mean_of_pairs(pairs), mean_of_pairs(true_pairs)
        measures[name] = statistic_of_speakers(
            lambda weights, mean=mean, true_mean=true_mean: 100 * mean(weights) / true_mean(weights),  # type: ignore[misc]
            shown.people, rng, resamples,
        )  # fmt: skip
    return measures


def measure(
    *, predictions: Path, index: Path, faces: Path, reconstructions: Path, settings: Metrics, seed: int
) -> dict[str, Estimate]:
    """Measures of the F2F and S2F pictures and of draws, beside true faces of the same people and of other people.

    `<kind>.faces.detected` is the share of pictures in which a face is found. All else is measured on those, and is
    called `<who>.generation.<what>`. `who` is a method of `PICTURES`, `faces` (the true face of another clip of the
    same speaker) or `training_faces` (true faces of as many training speakers, drawn once, for reference).
    `what` is as in `identity`, as in `diversity`, or

    - `face_score`: `distributions.identity_score` with a classifier of the training speakers. The VGGFace score has one
      of celebrities. Training faces have none, since the classifier was fitted on them.
    - `frechet`: `distributions.frechet_distance` of the face embeddings to those of the true faces.
    - `nearest`: the mean L2 distance to the nearest face of the training speakers, as a share of that of true faces.
      Copies of training faces would have less than 1.
    - `spread`, of draws: the root mean square L2 distance between the draws of a speaker's clips as a share of that
      from the true face to them. Of a calibrated distribution it is 1.

    Measures that are undefined for a small test set are left out.
    """
    rng = stream(seed, "generation")
    measures = _detected(reconstructions, rng, settings.bootstrap)
    table = read_predictions(predictions)
    everyone = FaceSet.of_clips(table.faces, table.clips)
    if everyone.people < FEWEST_SPEAKERS:
        return measures
    pictures = [table.methods[method] for method in PICTURES.values() if method in table.methods]
    found: dict[str, dict[str, Estimate]] = {}
    for method in (replace(other_clips(table), name=TRUE_FACES), *pictures):
        shown, true = _shown_and_true(method, table)
        if shown.people >= FEWEST_SPEAKERS:
            found[method.name] = identity(shown, true, rng, settings.bootstrap)
            if method.name != TRUE_FACES:
                found[method.name] |= _beside(shown, true, rng, settings.bootstrap)
    train = read_index(index, TRAIN)
    # Cross-validation has no one set of training speakers: each fold has its own.
    if train["speaker_id"].nunique() > 1:
        train_faces = gather_arrays(train, faces, "embedding")
        strangers = _draw(train, train_faces, everyone.people, rng)
        if strangers is not None:
            found[TRAINING_FACES] = _beside(strangers, everyone, rng, settings.bootstrap)
        for method in pictures:
            shown, _ = _shown_and_true(method, table)
            if shown.people >= FEWEST_SPEAKERS:
                found[method.name]["nearest"] = _nearest(shown, everyone, train_faces, rng, settings.bootstrap)
        classifier = fit_classifier(torch.from_numpy(train_faces), train["speaker_id"].tolist())
        for method in (table.true_faces, *pictures):
            shown, _ = _shown_and_true(method, table)
            if shown.people >= FEWEST_SPEAKERS:
                found.setdefault(method.name, {})["face_score"] = _face_score(classifier, shown)
    if DRAWS in found and (spread := _spread(table, rng, settings.bootstrap)) is not None:
        found[DRAWS]["spread"] = spread
    return measures | {
        f"{who}.generation.{what}": value for who, several in found.items() for what, value in several.items()
    }


def _detected(reconstructions: Path, rng: np.random.Generator, resamples: int) -> dict[str, Estimate]:
    columns = {kind: f"{kind}_detected" for kind in PICTURES}
    made = read_shard(reconstructions).select(["speaker_id", *columns.values()]).to_pandas()
    measures = {}
    for kind, column in columns.items():
        shown = made[made[column].notna()]
        if len(shown):
            shares = shown.groupby("speaker_id")[column].mean().to_numpy(float)
            measures[f"{kind}.faces.detected"] = share_of_speakers(shares, rng, resamples)
    return measures


def _shown_and_true(method: Prediction, table: Predictions) -> tuple[FaceSet, FaceSet]:
    """The predicted faces of a method, and the true faces of the same clips."""
    clips = table.clips[method.found]
    return FaceSet.of_clips(method.embeddings[method.found], clips), FaceSet.of_clips(table.faces[method.found], clips)


def _draw(
    clips: pd.DataFrame, embeddings: Float[np.ndarray, "clips d"], people: int, rng: np.random.Generator
) -> FaceSet | None:
    """The faces of random speakers, or None if there are fewer."""
    names = clips["speaker_id"].unique()
    if len(names) < people:
        return None
    chosen = clips["speaker_id"].isin(rng.choice(names, people, replace=False)).to_numpy()
    return FaceSet.of_clips(embeddings[chosen], clips[chosen])


def _beside(shown: FaceSet, true: FaceSet, rng: np.random.Generator, resamples: int) -> dict[str, Estimate]:
    """The measures of a set as a whole beside a set of true faces of as many people."""

    def distance(weights: np.ndarray) -> float:
        return frechet_distance(shown.embeddings, true.embeddings, shown.weights(weights), true.weights(weights))

    return diversity(shown, true, rng, resamples) | {"frechet": jackknife_of_speakers(distance, shown.people, least=0)}


def _nearest(
    shown: FaceSet, true: FaceSet, known: Float[np.ndarray, "faces d"], rng: np.random.Generator, resamples: int
) -> Estimate:
    """Mean distance to the nearest known face, as a share of that of the true faces; see `measure`."""
    own, others = (
        among_speakers(cdist(set_.embeddings, known).min(axis=1), np.ones(len(set_.speakers), bool), set_.speakers)
        for set_ in (shown, true)
    )
    # Two samples that need not be of the same people: a resample takes as many of each.
    return statistic_of_speakers(
        lambda weights: float(np.average(own, weights=weights) / others.mean()), len(own), rng, resamples
    )


def _spread(table: Predictions, rng: np.random.Generator, resamples: int) -> Estimate | None:
    """How far a speaker's draws are from each other, as a share of how far the true face is from them."""
    draws = table.methods[DRAWS]
    rows = pd.DataFrame({"speaker": table.speakers, "row": range(len(table.speakers))})[draws.found]
    pairs = [group["row"].to_numpy()[:2] for _, group in rows.groupby("speaker") if len(group) > 1]
    if len(pairs) < FEWEST_SPEAKERS:
        return None
    first, second = np.array(pairs).T
    drawn = draws.embeddings.astype(float)
    apart = ((drawn[first] - drawn[second]) ** 2).sum(axis=1)
    off = ((drawn[first] - table.faces[second]) ** 2).sum(axis=1) / 2 + ((drawn[second] - table.faces[first]) ** 2).sum(
        axis=1
    ) / 2
    return statistic_of_speakers(
        lambda weights: float(np.sqrt((weights @ apart) / (weights @ off))), len(pairs), rng, resamples
    )


def _face_score(classifier: SpeakerClassifier, shown: FaceSet) -> Estimate:
    with torch.inference_mode():
        logits = classifier(torch.from_numpy(shown.embeddings.astype(np.float32))).double()
        probabilities = logits.softmax(dim=1).numpy()
    return jackknife_of_speakers(lambda w: identity_score(probabilities, shown.weights(w)), shown.people, least=1)
