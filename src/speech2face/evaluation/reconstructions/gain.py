"""The gain: how far from the mean face a voice's prediction is drawn.

A voice tells little of a face, so that the expected face lies near the mean, and its picture shows little of what is
told. The paper's released pictures are drawn 0.7 and 1.4 times as far from the mean as predicted.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from speech2face.base.columns import gather_arrays
from speech2face.base.files import write_json
from speech2face.config import Faces, Reconstructions
from speech2face.data.faces.find import FaceFinder, SeenFace
from speech2face.data.splits.share import VALIDATION, read_index
from speech2face.evaluation.reconstructions.draw import find_in_pictures, predict_faces, raised
from speech2face.learning.decoder.presets import load_face_decoder
from speech2face.learning.encoder.train import load_voice_encoder
from speech2face.learning.training.optimise import prepare


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
    measured = []
    for gain in sorted(settings.gains):
        drawn = raised(voices, face_decoder, gain)
        found = find_in_pictures(face_decoder, drawn, finder, faces_settings, settings)
        measured.append({"gain": gain, **_measure(found.faces, truth)})
    best = max(measured, key=lambda row: (row["found"], -row["rank"]))
    write_json(output, {"gain": best["gain"], "people": len(rows), "measured": measured})


def read_gain(path: Path) -> float:
    """The gain that `choose_gain` wrote."""
    return float(json.loads(path.read_text(encoding="utf-8"))["gain"])


def _measure(seen: Sequence[SeenFace | None], truth: Float[np.ndarray, "people dimension"]) -> dict[str, float]:
    """`found`: share of pictures with a face; `rank`: mean rank of the true face, as a share of all, 1 without a face.

    Similarity is cosine, each side centred, as in `metrics.retrieval`.
    """
    shown = [person for person, face in enumerate(seen) if face is not None]
    ranks = np.ones(len(seen))
    if shown:
        pictures = np.stack([face.embedding for face in seen if face is not None]).astype(float)
        similarity = _centred(pictures) @ _centred(truth.astype(float)).T
        own = similarity[range(len(shown)), shown]
        ranks[shown] = (similarity >= own[:, None]).mean(axis=1)
    return {"found": len(shown) / len(seen), "rank": float(ranks.mean())}


def _centred(embeddings: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    moved = embeddings - embeddings.mean(axis=0)
    # A lone face is its own mean.
    return moved / np.linalg.norm(moved, axis=1, keepdims=True).clip(1e-12)
