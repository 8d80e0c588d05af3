"""Retrieval: recall at K of the true face, from a voice or a picture.

The paper's K is a percentage of the gallery, not a rank: its chance level of K % is impossible for ranks in a
gallery of 5,000 (docs/metrics.md). Both are reported.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from speech2face.base.intervals import Estimate, share_of_speakers
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.evaluation.predictions.schema import read_predictions

OTHER_CLIP = "other_clip"
"""Part of the names of measures whose right face is that of another clip of the person."""
Similarity = Callable[[np.ndarray, np.ndarray], np.ndarray]


def cosine(queries: Float[np.ndarray, "q d"], gallery: Float[np.ndarray, "g d"]) -> Float[np.ndarray, "q g"]:
    """Cosine similarity of every query with every gallery entry.

    >>> cosine(np.array([[1.0, 0.0]]), np.array([[2.0, 0.0], [0.0, 3.0]])).tolist()
    [[1.0, 0.0]]
    """
    return _unit(queries) @ _unit(gallery).T


def centred_cosine(queries: Float[np.ndarray, "q d"], gallery: Float[np.ndarray, "g d"]) -> Float[np.ndarray, "q g"]:
    """Cosine similarity after subtracting each side's own mean."""
    return cosine(queries - queries.mean(axis=0), gallery - gallery.mean(axis=0))


def l2(queries: Float[np.ndarray, "q d"], gallery: Float[np.ndarray, "g d"]) -> Float[np.ndarray, "q g"]:
    """Negative Euclidean distance."""
    return -np.linalg.norm(queries[:, None] - gallery[None], axis=2)


def l1(queries: Float[np.ndarray, "q d"], gallery: Float[np.ndarray, "g d"]) -> Float[np.ndarray, "q g"]:
    """Negative sum of absolute differences."""
    return -np.abs(queries[:, None] - gallery[None]).sum(axis=2)


SIMILARITIES: Mapping[str, Similarity] = {
    "cosine": centred_cosine,
    "raw_cosine": cosine,
    "l2": l2,
    "l1": l1,
}


def recall_of_speakers(
    queries: Float[np.ndarray, "clips d"],
    faces: Float[np.ndarray, "clips d"],
    speakers: Int[np.ndarray, "clips"],
    percent: float,
    rng: np.random.Generator,
    galleries: int,
) -> Float[np.ndarray, "speakers"]:
    """Each speaker's recall at `percent` of the gallery by centred cosine (0..1), where every clip has a query."""
    drawn = one_clip_each(speakers, rng, galleries)
    ks = {"": percent_to_rank(percent, drawn.shape[1])}
    return recall_scores(queries, faces, np.ones(len(queries), bool), drawn, centred_cosine, ks)[""]


def measure(*, predictions: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """Recall at K of every method: `<method>.retrieval.<metric>.recall_at_<k>` by every metric, and chance.

    `<method>.retrieval.other_clip.cosine.recall_at_<k>` is that in galleries of the true faces of the person's other
    clips, of the people who have one. A picture decoded from the very photograph that it must find makes a round trip:
    it may keep what is of the photograph and not of the person.
    """
    table = read_predictions(predictions)
    drawing = stream(seed, "galleries")
    galleries = one_clip_each(table.speakers, drawing, settings.galleries)
    ks = _ranks(galleries.shape[1], settings)
    rng = stream(seed, "retrieval")
    figures = {}
    for method in table.methods.values():
        for metric, similarity in SIMILARITIES.items():
            scores = recall_scores(method.embeddings, table.faces, method.found, galleries, similarity, ks)
            for k, score in scores.items():
                figures[f"{method.name}.retrieval.{metric}.{k}"] = share_of_speakers(score, rng, settings.bootstrap)
    figures |= _chance("chance.retrieval", ks, galleries.shape[1])
    galleries, others = other_clip_each(table.speakers, galleries, drawing)
    if galleries.shape[1]:
        ks = _ranks(galleries.shape[1], settings)
        for method in table.methods.values():
            scores = recall_scores(
                method.embeddings, table.faces, method.found, galleries, centred_cosine, ks, others=others
            )
            for k, score in scores.items():
                name = f"{method.name}.retrieval.{OTHER_CLIP}.cosine.{k}"
                figures[name] = share_of_speakers(score, rng, settings.bootstrap)
        figures |= _chance(f"chance.retrieval.{OTHER_CLIP}", ks, galleries.shape[1])
    return figures


def _ranks(size: int, settings: Metrics) -> dict[str, int]:
    """The rank of each K in a gallery of that size, by the K's name."""
    ks = {f"recall_at_{k}": k for k in settings.ranks if k <= size}
    return ks | {f"recall_at_{p}_percent": percent_to_rank(p, size) for p in settings.percentages}


def _chance(name: str, ks: Mapping[str, int], size: int) -> dict[str, Estimate]:
    return {f"{name}.{k}": Estimate.exact(100 * rank / size, size) for k, rank in ks.items()}


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def hits_at(similarity: Float[np.ndarray, "n n"], k: int) -> Float[np.ndarray, "n"]:
    """For each query whether its own entry (the diagonal) is among the `k` most similar.

    Ties are counted as a random order would in the mean, so that a constant prediction scores exactly chance.
    A query of NaN (no face was found in the picture) never hits.

    >>> hits_at(np.array([[0.9, 0.1], [0.8, 0.3]]), k=1).tolist()
    [1.0, 0.0]
    """
    own = np.diag(similarity)[:, None]
    others = ~np.eye(len(similarity), dtype=bool)
    better = ((similarity > own) & others).sum(axis=1)
    ties = ((similarity == own) & others).sum(axis=1)
    hits = np.clip((k - better) / (ties + 1), 0, 1)
    return np.where(np.isnan(own[:, 0]), 0.0, hits)


def percent_to_rank(percent: float, gallery: int) -> int:
    """The rank that `percent` of a gallery is: rounded up, at least 1.

    >>> percent_to_rank(10, 124)
    13
    """
    return max(1, math.ceil(gallery * percent / 100 - 1e-9))


def one_clip_each(
    speakers: Int[np.ndarray, "clips"], rng: np.random.Generator, galleries: int
) -> Int[np.ndarray, "galleries speakers"]:
    """Row numbers of `galleries` random galleries of one clip a speaker, speakers in the order of their codes."""
    rows_of = [np.flatnonzero(speakers == speaker) for speaker in np.unique(speakers)]
    picks = [rows[rng.integers(0, len(rows), galleries)] for rows in rows_of]
    return np.stack(picks, axis=1)


def other_clip_each(
    speakers: Int[np.ndarray, "clips"], galleries: Int[np.ndarray, "galleries people"], rng: np.random.Generator
) -> tuple[Int[np.ndarray, "galleries some"], Int[np.ndarray, "galleries some"]]:
    """Those columns of `galleries` whose speakers have several clips, and a random other clip in place of each."""
    kept, others = [], []
    for column in galleries.T:
        clips = np.flatnonzero(speakers == speakers[column[0]])
        if len(clips) > 1:
            at = np.searchsorted(clips, column)
            kept.append(column)
            others.append(clips[(at + rng.integers(1, len(clips), len(column))) % len(clips)])
    shape = (len(kept), len(galleries))
    return np.array(kept, int).reshape(shape).T, np.array(others, int).reshape(shape).T


def recall_scores(
    queries: Float[np.ndarray, "clips d"],
    faces: Float[np.ndarray, "clips d"],
    found: Bool[np.ndarray, "clips"],
    galleries: Int[np.ndarray, "galleries speakers"],
    similarity: Similarity,
    ks: Mapping[str, int],
    others: Int[np.ndarray, "galleries speakers"] | None = None,
) -> dict[str, Float[np.ndarray, "speakers"]]:
    """For each named K the share of galleries in which a speaker's own face is among the first K.

    Args:
        queries: one embedding a clip, that of the voice or of a picture.
        faces: the true face embeddings of the same clips.
        found: whether there is a query at all; queries without one count as misses.
        galleries: row numbers from `one_clip_each`; each clip in a gallery is queried by itself.
        ks: name and rank of each K.
        others: row numbers of the faces of each gallery, in the order of the queries; None: those of the queries.
    """
    others = galleries if others is None else others
    totals = {name: np.zeros(galleries.shape[1]) for name in ks}
    for rows, shown in zip(galleries, others, strict=True):
        present = found[rows]
        table = np.full((len(rows), len(rows)), np.nan)
        if present.any():
            table[present] = similarity(queries[rows][present], faces[shown])
        for name, k in ks.items():
            totals[name] += hits_at(table, k)
    # Divided at the end: tenths do not add up to the 1 by which an interval knows that all were right.
    return {name: total / len(galleries) for name, total in totals.items()}
