"""Distance of the predicted face embedding from the true one; paper, table 2.

The paper prints mean and standard deviation over 5,000 clips, of the angle and of L2 and L1 on a scale that it does not
state. Angles need references: embeddings of any two faces share a direction, so that the mean face alone comes near.
Two rows are references, another clip of the same person and another person, and a second angle is taken after
subtracting each side's own mean: between unrelated faces it is 90 degrees.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from speech2face.base.intervals import Estimate, mean_of_speakers, statistic_of_speakers
from speech2face.base.random import stream
from speech2face.config import Metrics
from speech2face.evaluation.metrics.labels import among_speakers
from speech2face.evaluation.metrics.pairs import between_speakers, mean_of_pairs
from speech2face.evaluation.predictions.schema import Prediction, Predictions, read_predictions


def own_cosine(
    faces: Float[np.ndarray, "*#clips d"], others: Float[np.ndarray, "*#clips d"]
) -> Float[np.ndarray, "*clips"]:
    """Cosine of the angle between each embedding and its own other; 0 where one is zero and has no direction."""
    lengths = np.linalg.norm(faces, axis=-1) * np.linalg.norm(others, axis=-1)
    return np.clip((faces * others).sum(axis=-1) / np.maximum(lengths, 1e-24), -1, 1)


def angle_degrees(
    faces: Float[np.ndarray, "*#clips d"], others: Float[np.ndarray, "*#clips d"]
) -> Float[np.ndarray, "*clips"]:
    """The angle between each embedding and its own other in degrees; 90 where one has no direction."""
    return np.degrees(np.arccos(own_cosine(faces, others)))


def l2_distance(
    faces: Float[np.ndarray, "*#clips d"], others: Float[np.ndarray, "*#clips d"]
) -> Float[np.ndarray, "*clips"]:
    """Euclidean distance, in the face encoder's own unit."""
    return np.linalg.norm(faces - others, axis=-1)


def l1_distance(
    faces: Float[np.ndarray, "*#clips d"], others: Float[np.ndarray, "*#clips d"]
) -> Float[np.ndarray, "*clips"]:
    """Sum of absolute differences, in the face encoder's own unit."""
    return np.abs(faces - others).sum(axis=-1)


_PLAIN: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "cosine_degrees": angle_degrees,
    "l2": l2_distance,
    "l1": l1_distance,
}
METRICS = (*_PLAIN, "centred_cosine_degrees")


def distances(
    predictions: Float[np.ndarray, "clips d"], faces: Float[np.ndarray, "clips d"]
) -> dict[str, Float[np.ndarray, "clips"]]:
    """The distance of each prediction from the true face of its clip, by the names of `METRICS`."""
    predictions, faces = predictions.astype(float), faces.astype(float)
    measured = {name: metric(predictions, faces) for name, metric in _PLAIN.items()}
    return measured | {"centred_cosine_degrees": angle_degrees(_centred(predictions), _centred(faces))}


def distances_between(faces: Float[np.ndarray, "clips d"]) -> dict[str, Float[np.ndarray, "clips clips"]]:
    """The distance of each true face from each, by the names of `METRICS`."""
    faces, centred = faces.astype(float), _centred(faces.astype(float))
    # A face at a time: all differences at once would be gigabytes for a large test set.
    measured = {name: np.stack([metric(face, faces) for face in faces]) for name, metric in _PLAIN.items()}
    return measured | {"centred_cosine_degrees": np.stack([angle_degrees(face, centred) for face in centred])}


def _centred(x: Float[np.ndarray, "clips d"]) -> Float[np.ndarray, "clips d"]:
    return x - x.mean(axis=0)


def other_clips(table: Predictions) -> Prediction:
    """For each clip the true face of the next clip of the same person: how near a prediction can be expected."""
    following = np.arange(len(table.faces))
    for speaker in np.unique(table.speakers):
        rows = np.flatnonzero(table.speakers == speaker)
        following[rows] = np.roll(rows, -1)
    return Prediction(
        name="other_clip",
        embeddings=table.faces[following],
        found=following != np.arange(len(following)),
    )


def measure(*, predictions: Path, settings: Metrics, seed: int) -> dict[str, Estimate]:
    """Distances of every method, of another clip of the same person and of another person's face.

    `<method>.similarity.<metric>` is the mean over speakers, `<method>.similarity.<metric>_sd` the standard deviation
    over clips, every speaker counting once. Clips without a prediction are left out. `random_face` is the exact mean
    over all other speakers' true faces.
    """
    table = read_predictions(predictions)
    rng = stream(seed, "similarity")
    measures = dict[str, Estimate]()
    for method in (other_clips(table), *table.methods.values()):
        if method.found.any():
            measures |= _of_method(method, table, rng, settings.bootstrap)
    if table.speakers.max() > 1:
        measures |= _of_random_face(table.faces, table.speakers, rng, settings.bootstrap)
    return measures


def _of_method(method: Prediction, table: Predictions, rng: np.random.Generator, resamples: int) -> dict[str, Estimate]:
    measures = {}
    apart = distances(method.embeddings[method.found], table.faces[method.found])
    speakers = table.speakers[method.found]
    every = np.ones(len(speakers), bool)
    for metric, distance in apart.items():
        name = f"{method.name}.similarity.{metric}"
        means, squares = (among_speakers(x, every, speakers) for x in (distance, distance**2))
        measures[name] = mean_of_speakers(means, rng, resamples)
        if len(means) < 2:
            continue
        measures[f"{name}_sd"] = statistic_of_speakers(
            lambda weights, means=means, squares=squares: _spread(  # type: ignore[misc]
                float(np.average(means, weights=weights)), float(np.average(squares, weights=weights))
            ),
            len(means), rng, resamples,
        )  # fmt: skip
    return measures


def _of_random_face(
    faces: Float[np.ndarray, "clips d"], speakers: Int[np.ndarray, "clips"], rng: np.random.Generator, resamples: int
) -> dict[str, Estimate]:
    measures = dict[str, Estimate]()
    people = int(speakers.max()) + 1
    for metric, table in distances_between(faces).items():
        name = f"random_face.similarity.{metric}"
        mean = mean_of_pairs(between_speakers(table, speakers, speakers))
        square = mean_of_pairs(between_speakers(table**2, speakers, speakers))
        measures[name] = statistic_of_speakers(mean, people, rng, resamples)
        measures[f"{name}_sd"] = statistic_of_speakers(
            lambda weights, mean=mean, square=square: _spread(mean(weights), square(weights)),  # type: ignore[misc]
            people, rng, resamples,
        )  # fmt: skip
    return measures


def _spread(mean: float, square: float) -> float:
    """The standard deviation from the mean and the mean square."""
    # Rounding takes a spread of none a little below zero.
    return float(np.sqrt(np.maximum(square - mean**2, 0)))
