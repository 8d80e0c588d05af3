"""The reconstructions phase: pictures of the test split, and what the face encoder sees in them.

F2F is the face decoded from the true face embedding, S2F the face expected from the voice, and a draw is one of the
faces that the voice leaves open. All pictures are then treated like any photograph: a face is detected in them, aligned
and embedded again.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa

from speech2face.base.columns import gather_arrays, mapped_values
from speech2face.base.images import encode_png
from speech2face.base.random import stream
from speech2face.base.shards import array_field, write_shard
from speech2face.config import Faces, Reconstructions
from speech2face.data.faces.alignment import crop_landmarks
from speech2face.data.faces.find import FaceFinder, SeenFace
from speech2face.data.faces.landmarks import LANDMARKS
from speech2face.data.sources.manifest import ABOUT, ABOUT_FIELDS
from speech2face.data.splits.share import TEST, TRAIN, VALIDATION, read_index
from speech2face.evaluation.reconstructions.draw import find_in_pictures, predict_faces, raised
from speech2face.evaluation.reconstructions.gain import read_gain
from speech2face.evaluation.reconstructions.samples import LeftOpen, fit_left_open
from speech2face.learning.decoder.presets import load_face_decoder
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.train import load_voice_encoder
from speech2face.learning.training.optimise import prepare

KINDS = ("f2f", "s2f", "draws")


def schema(dimension: int) -> pa.Schema:
    """The columns of the reconstructions: one row a test clip."""
    pictures = [
        field
        for kind in KINDS
        for field in (
            pa.field(kind, pa.binary(), metadata={"meaning": "PNG"}),
            pa.field(f"{kind}_detected", pa.bool_(), metadata={"meaning": "a face was found in the picture"}),
            array_field(f"{kind}_embedding", dimension, pa.float32()),
            _landmarks_field(kind),
        )
    ]
    return pa.schema(
        [
            pa.field("clip_id", pa.string(), nullable=False),
            pa.field("speaker_id", pa.string(), nullable=False),
            *ABOUT_FIELDS,
            pa.field("original", pa.binary(), metadata={"meaning": "JPEG, the aligned crop"}),
            _landmarks_field("original"),
            array_field("face_embedding", dimension, pa.float32()),
            array_field("voice_embedding", dimension, pa.float32()),
            *pictures,
        ]
    )


def _landmarks_field(kind: str) -> pa.Field:
    """68 points (x, y) in parts of the picture's side; null where no face was found."""
    return array_field(f"{kind}_landmarks", 2 * LANDMARKS, pa.float32())


def reconstruct(
    *,
    index: Path,
    clips: Path,
    faces: Path,
    decoder: tuple[Path, Path],
    encoder: tuple[Path, Path],
    gain: Path,
    faces_settings: Faces,
    settings: Reconstructions,
    seed: int,
    output: Path,
) -> None:
    """Decode every test clip from its face and from its voice, and find the faces in the pictures.

    Args:
        index: index of the splits.
        clips, faces: folder of that phase's shards.
        decoder, encoder: weights and config of that model.
        gain: the factor on what voices predict (`gain.choose_gain`).
        faces_settings: config section `faces`: how a face is found and embedded again.
        settings: config section `reconstructions`.
        seed: of all chance.
        output: table of reconstructions to write.
    """
    prepare(seed, settings.threads)
    rows = read_index(index, TEST)
    face_decoder = load_face_decoder(*decoder)
    voice_encoder = load_voice_encoder(*encoder)
    finder = FaceFinder(faces_settings)
    truth = gather_arrays(rows, faces, "embedding")
    voices = predict_faces(voice_encoder, rows, clips, settings)
    rng = stream(seed, "draws")
    found = {
        kind: find_in_pictures(face_decoder, wanted, finder, faces_settings, settings)
        for kind, wanted in {"f2f": truth, "s2f": raised(voices, face_decoder, read_gain(gain))}.items()
    }
    opened = _left_open(index, clips, faces, voice_encoder, settings)
    if opened is not None:
        drawn = opened.sample(voices, rng)
        found["draws"] = find_in_pictures(face_decoder, drawn, finder, faces_settings, settings, noise=rng)
    originals = mapped_values(rows, faces, "crop")
    in_frames = gather_arrays(rows, faces, "landmarks").reshape(len(rows), LANDMARKS, 2)
    write_shard(
        output,
        schema(truth.shape[1]),
        (
            {name: row[name] for name in ("clip_id", "speaker_id", *ABOUT)}
            | {"original": originals[position], "face_embedding": truth[position], "voice_embedding": voices[position]}
            | {"original_landmarks": crop_landmarks(in_frames[position].astype(np.float64)).reshape(-1)}
            | {
                f"{kind}{name}": value
                for kind in KINDS
                if kind in found
                for name, value in _columns(found[kind].pictures[position], found[kind].faces[position]).items()
            }
            for position, row in enumerate(rows.to_dict("records"))
        ),
    )


def _left_open(
    index: Path, clips: Path, faces: Path, encoder: VoiceEncoder, settings: Reconstructions
) -> LeftOpen | None:
    """What voices leave open, by one clip of each validation speaker; None in runs that train nothing."""
    train, people = read_index(index, TRAIN), read_index(index, VALIDATION).drop_duplicates("speaker_id")
    if train["speaker_id"].nunique() < 2 or people.empty:
        return None
    predicted = predict_faces(encoder, people, clips, settings)
    return fit_left_open(gather_arrays(train, faces, "embedding"), predicted, gather_arrays(people, faces, "embedding"))


def _columns(picture: np.ndarray, face: SeenFace | None) -> dict[str, object]:
    return {
        "": encode_png(picture),
        "_detected": face is not None,
        "_embedding": None if face is None else face.embedding,
        "_landmarks": None if face is None else face.landmarks.reshape(-1),
    }
