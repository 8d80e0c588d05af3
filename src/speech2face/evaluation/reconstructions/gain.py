"""The gain: how far from the mean face a voice's prediction is drawn.

A voice tells little of a face, so that the expected face lies near the mean, and its picture shows little of what is
told. File names of the paper's released pictures state exaggerations of 0, 0.7 and 1.4; their formula is not published,
and is probably a gain of 1, 1.7 and 2.4 (v + a (v - mean)).
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from speech2face.base.columns import gather_arrays
from speech2face.base.files import write_json
from speech2face.base.intervals import share_of_speakers, statistic_of_speakers
from speech2face.base.random import stream
from speech2face.config import Faces, Reconstructions
from speech2face.data.faces.find import FaceFinder
from speech2face.data.splits.share import VALIDATION, read_index
from speech2face.evaluation.metrics.sharpness import LEAST, sharpness
from speech2face.evaluation.reconstructions.draw import FoundFaces, find_in_pictures, predict_faces, raised
from speech2face.learning.decoder.presets import load_face_decoder
from speech2face.learning.encoder.train import load_voice_encoder
from speech2face.learning.training.optimise import prepare

_RESAMPLES = 1000


def choose_gain(
    *,
    index: Path,
    clips: Path,
    faces: Path,
    decoder: tuple[Path, Path],
    encoder: tuple[Path, Path],
    faces_settings: Faces,
    settings: Reconstructions,
    seed: int,
    output: Path,
) -> None:
    """Choose the gain with the pictures of validation speakers, one clip of each.

    Of the gains at which a face is found in the most pictures, it is the one at which the true face's mean rank among
    all of them, by similarity to the picture, is best; of several, the smallest.

    Args:
        index: index of the splits.
        clips, faces: folder of that phase's shards.
        decoder, encoder: weights and config of that model.
        faces_settings: config section `faces`: how a face is found and embedded again.
        settings: config section `reconstructions`.
        seed: of all chance.
        output: the gain with what was measured of each (JSON) to write.
    """
    prepare(seed, settings.threads)
    rows = read_index(index, VALIDATION).drop_duplicates("speaker_id")
    if rows.empty:
        # A folder of own videos has nobody to choose with: pictures are drawn as near to the mean as predicted.
        write_json(output, {"gain": 1.0, "people": 0, "measured": []})
        return
    face_decoder = load_face_decoder(*decoder)
    finder = FaceFinder(faces_settings)
    truth = gather_arrays(rows, faces, "embedding")
    voices = predict_faces(load_voice_encoder(*encoder), rows, clips, settings)
    rng = stream(seed, "gain")
    measured = []
    for gain in sorted(settings.gains):
        drawn = raised(voices, face_decoder, gain)
        found = find_in_pictures(face_decoder, drawn, finder, faces_settings, settings)
        measured.append({"gain": gain, **_measure(found, truth, rng)})
    best = max(measured, key=lambda row: (row["found"], -row["rank"]))
    write_json(output, {"gain": best["gain"], "people": len(rows), "measured": measured})


def read_gain(path: Path) -> float:
    """The gain that `choose_gain` wrote."""
    return float(json.loads(path.read_text(encoding="utf-8"))["gain"])


def _measure(
    drawn: FoundFaces, truth: Float[np.ndarray, "people dimension"], rng: np.random.Generator
) -> dict[str, Any]:
    """What is measured of the pictures at a gain.

    `found`: share of pictures with a face; `rank`: mean rank of the true face, as a share of all, 1 without a face.
    `recall_at_10_percent`, with its interval: share of people whose true face is in the first tenth. `sharpness`, with
    its interval: `metrics.sharpness` of the picture, geometric mean.

    Similarity is cosine, each side centred, as in `metrics.retrieval`.
    """
    seen = drawn.faces
    shown = [person for person, face in enumerate(seen) if face is not None]
    ranks = np.ones(len(seen))
    if shown:
        pictures = np.stack([face.embedding for face in seen if face is not None]).astype(float)
        similarity = _centred(pictures) @ _centred(truth.astype(float)).T
        own = similarity[range(len(shown)), shown]
        ranks[shown] = (similarity >= own[:, None]).mean(axis=1)
    recall = share_of_speakers((ranks * len(seen) <= np.ceil(0.1 * len(seen))).astype(float), rng, _RESAMPLES)
    measured: dict[str, Any] = {"found": len(shown) / len(seen), "rank": float(ranks.mean())}
    measured["recall_at_10_percent"] = recall.as_dict()
    if shown:
        detail = [
            sharpness(picture, face.landmarks.astype(float))
            for picture, face in zip(drawn.pictures, seen, strict=True)
            if face is not None
        ]
        logarithms = np.log(np.maximum(detail, LEAST))
        measured["sharpness"] = statistic_of_speakers(
            lambda weights: float(np.exp(np.average(logarithms, weights=weights))), len(shown), rng, _RESAMPLES
        ).as_dict()
    return measured


def _centred(embeddings: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    moved = embeddings - embeddings.mean(axis=0)
    # A lone face is its own mean.
    return moved / np.linalg.norm(moved, axis=1, keepdims=True).clip(1e-12)
