"""The reconstructions phase: pictures of the test split, and what the face encoder sees in them.

F2F is the face decoded from the true face embedding, S2F the face decoded from the voice. Both pictures are
then treated like any photograph: a face is detected in them, aligned and embedded again.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from speech2face.config import Faces, Reconstructions
from speech2face.data import gather_arrays, mapped_arrays, mapped_bytes
from speech2face.decoder.train import decode, load_face_decoder
from speech2face.encoder.frontends import SAMPLE_RATE
from speech2face.encoder.train import embed_voices, load_voice_encoder
from speech2face.faces.find import FaceFinder
from speech2face.images import encode_png
from speech2face.progress import progress
from speech2face.shards import array_field, write_shard
from speech2face.sources import LABEL_FIELDS, LABELS
from speech2face.splits.share import TEST, read_index
from speech2face.training.optimise import prepare

KINDS = ("f2f", "s2f")


def schema(dimension: int) -> pa.Schema:
    """The columns of the reconstructions: one row a test clip."""
    pictures = [
        field
        for kind in KINDS
        for field in (
            pa.field(kind, pa.binary(), metadata={"meaning": "PNG"}),
            pa.field(f"{kind}_detected", pa.bool_(), metadata={"meaning": "a face was found in the picture"}),
            array_field(f"{kind}_embedding", dimension, pa.float32()),
        )
    ]
    return pa.schema(
        [
            pa.field("clip_id", pa.string(), nullable=False),
            pa.field("speaker_id", pa.string(), nullable=False),
            *LABEL_FIELDS,
            pa.field("original", pa.binary(), metadata={"meaning": "JPEG, the aligned crop"}),
            array_field("face_embedding", dimension, pa.float32()),
            array_field("voice_embedding", dimension, pa.float32()),
            *pictures,
        ]
    )


def reconstruct(
    *,
    index: Path,
    clips: Path,
    faces: Path,
    decoder: tuple[Path, Path] | list[Path],
    encoder: tuple[Path, Path] | list[Path],
    faces_settings: Faces,
    settings: Reconstructions,
    seed: int,
    output: Path,
) -> None:
    """Decode and look at every test clip.

    Args:
        index, clips, faces: the index and the folders of the shards.
        decoder, encoder: weights and config of each model.
        faces_settings: how a face is found and embedded again.
    """
    prepare(seed, settings.threads)
    rows = read_index(index, TEST)
    face_decoder = load_face_decoder(*decoder)
    voice_encoder = load_voice_encoder(*encoder)
    finder = FaceFinder(faces_settings)
    truth = gather_arrays(rows, faces, "embedding")
    heard = round(settings.seconds * SAMPLE_RATE) if settings.seconds else None
    sound = mapped_arrays(rows, clips, "audio")
    voices = embed_voices(voice_encoder, sound, samples=heard, batch=settings.batch)
    mean = face_decoder.mean.numpy()
    exaggerated = mean + settings.exaggeration * (voices - mean)
    found = {
        kind: _look_at(decode(face_decoder, torch.from_numpy(wanted), settings.batch), finder, settings.batch)
        for kind, wanted in zip(KINDS, (truth, exaggerated), strict=True)
    }
    originals = mapped_bytes(rows, faces, "crop")
    write_shard(
        output,
        schema(truth.shape[1]),
        (
            {name: row[name] for name in ("clip_id", "speaker_id", *LABELS)}
            | {"original": originals[place], "face_embedding": truth[place], "voice_embedding": voices[place]}
            | {
                f"{kind}{name}": value
                for kind in KINDS
                for name, value in (
                    ("", encode_png(found[kind].pictures[place])),
                    ("_detected", found[kind].embeddings[place] is not None),
                    ("_embedding", found[kind].embeddings[place]),
                )
            }
            for place, row in enumerate(rows.to_dict("records"))
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """Pictures, uint8 [n, size, size, 3], and the embedding of each, or None where no face was found."""

    pictures: np.ndarray
    embeddings: list[np.ndarray | None]


def _look_at(decoded: torch.Tensor, finder: FaceFinder, batch: int) -> _Seen:
    pictures = (decoded.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    embeddings: list[np.ndarray | None] = []
    for at in progress(range(0, len(pictures), batch), what="looking at pictures", unit="batch"):
        embeddings.extend(finder.embed_pictures(list(pictures[at : at + batch])))
    return _Seen(pictures=pictures, embeddings=embeddings)
