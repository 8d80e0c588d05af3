"""The metrics phase: one flat file of figures with intervals, and the same as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from speech2face.config import Metrics
from speech2face.data import gather_arrays
from speech2face.files import atomic_path, write_json
from speech2face.metrics.attributes import ATTRIBUTES, Probe, labels_of
from speech2face.metrics.ceiling import predict_from_truth
from speech2face.metrics.intervals import Measure, share_of_speakers
from speech2face.metrics.retrieval import SIMILARITIES, one_clip_each, percent_to_rank, recall_scores
from speech2face.shards import read_shard
from speech2face.splits.share import TRAIN, read_index


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What one way of guessing the face says of each test clip."""

    name: str
    embeddings: np.ndarray
    found: np.ndarray


def measure(
    *,
    index: Path,
    faces: Path,
    reconstructions: Path,
    truth: Sequence[Path],
    settings: Metrics,
    seed: int,
    summary: Path,
    table: Path,
) -> None:
    """Measure everything and write `summary` (JSON, the contract of docs/metrics.md) and `table` (CSV).

    `truth` are the talkers' tables of the truth; with other sources there are none, and no ceiling.
    """
    train = read_index(index, TRAIN)
    train_faces = gather_arrays(train, faces, "embedding")
    test = read_shard(reconstructions).to_pandas()
    true_faces = np.stack(test["face_embedding"].to_list())
    answers = [_answers(test, "s2f", "voice_embedding"), *_pictures(test)]
    if truth:
        known = pd.concat([read_shard(path).to_pandas() for path in truth], ignore_index=True)
        ceiling = predict_from_truth(known, train, train_faces, test)
        answers.append(Answers(name="world.ceiling", embeddings=ceiling, found=np.ones(len(test), bool)))
    speakers = pd.factorize(test["speaker_id"], sort=True)[0]
    figures = _retrieval(answers, true_faces, speakers, settings, seed)
    figures |= _attributes(answers, true_faces, speakers, train, train_faces, test, settings, seed)
    rng = np.random.default_rng([seed, 3])
    for kind in ("f2f", "s2f"):
        detected = _by_speaker(test[f"{kind}_detected"].to_numpy(float), speakers)
        figures[f"{kind}.faces.detected"] = share_of_speakers(detected, rng, settings.bootstrap)
    write_json(summary, {name: figure.as_dict() for name, figure in figures.items()})
    with atomic_path(table) as temporary:
        rows = [{"name": name, **figure.as_dict()} for name, figure in sorted(figures.items())]
        pd.DataFrame(rows).to_csv(temporary, index=False)


def _answers(made: pd.DataFrame, name: str, column: str) -> Answers:
    found = made[column].notna().to_numpy()
    dimension = len(made["face_embedding"].iloc[0])
    blank = np.zeros(dimension, np.float32)
    return Answers(
        name=name,
        embeddings=np.stack([v if ok else blank for v, ok in zip(made[column], found, strict=True)]),
        found=found,
    )


def _pictures(made: pd.DataFrame) -> list[Answers]:
    return [_answers(made, "f2f", "f2f_embedding"), _answers(made, "s2f_pictures", "s2f_embedding")]


def _by_speaker(scores: np.ndarray, speakers: np.ndarray) -> np.ndarray:
    """The mean score of each speaker's clips."""
    return np.bincount(speakers, scores) / np.bincount(speakers)


def _retrieval(
    answers: Sequence[Answers], true_faces: np.ndarray, speakers: np.ndarray, settings: Metrics, seed: int
) -> dict[str, Measure]:
    galleries = one_clip_each(speakers, np.random.default_rng([seed, 1]), settings.galleries)
    size = galleries.shape[1]
    ks = {f"recall_at_{k}": k for k in settings.ranks if k <= size}
    ks |= {f"recall_at_{p}_percent": percent_to_rank(p, size) for p in settings.percentages}
    rng = np.random.default_rng([seed, 2])
    figures = {}
    for answer in answers:
        for metric, similarity in SIMILARITIES.items():
            scores = recall_scores(answer.embeddings, true_faces, answer.found, galleries, similarity, ks)
            for k, score in scores.items():
                figures[f"{answer.name}.retrieval.{metric}.{k}"] = share_of_speakers(score, rng, settings.bootstrap)
    for k, rank in ks.items():
        chance = 100 * rank / size
        figures[f"chance.retrieval.{k}"] = Measure(value=chance, low=chance, high=chance, n=size)
    return figures


def _attributes(
    answers: Sequence[Answers],
    true_faces: np.ndarray,
    speakers: np.ndarray,
    train: pd.DataFrame,
    train_faces: np.ndarray,
    test: pd.DataFrame,
    settings: Metrics,
    seed: int,
) -> dict[str, Measure]:
    rng = np.random.default_rng([seed, 4])
    figures = {}
    train_labels, test_labels = labels_of(train), labels_of(test)
    everyone = [*answers, Answers(name="faces", embeddings=true_faces, found=np.ones(len(test), bool))]
    for attribute in ATTRIBUTES:
        known, wanted = train_labels[attribute].notna(), test_labels[attribute]
        if not wanted.notna().all() or train_labels[attribute][known].nunique() < 2:
            continue
        probe = Probe(train_faces[known.to_numpy()], train_labels[attribute][known].tolist(), seed)
        for answer in everyone:
            right = (probe.predict(answer.embeddings) == wanted.to_numpy()) & answer.found
            figures[f"{answer.name}.attributes.{attribute}.accuracy"] = share_of_speakers(
                _by_speaker(right.astype(float), speakers), rng, settings.bootstrap
            )
        majority = train_labels[attribute][known].mode().iloc[0]
        right = _by_speaker((wanted == majority).to_numpy(float), speakers)
        figures[f"majority.attributes.{attribute}.accuracy"] = share_of_speakers(right, rng, settings.bootstrap)
    return figures
