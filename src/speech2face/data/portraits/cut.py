"""Portraits of the run's own clips: one shard of faces, with the head cut out and the quality measured."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from speech2face.base.images import decode_image
from speech2face.base.progress import progress
from speech2face.base.shards import ShardWriter, iter_rows, read_shard
from speech2face.data.faces.alignment import crop_landmarks
from speech2face.data.portraits.cutout import cut_out
from speech2face.data.portraits.quality import portrait_quality
from speech2face.data.portraits.schema import encode_alpha, schema
from speech2face.data.sources.manifest import ABOUT

_OF_FACES = ("clip_id", "status", "reason", "detail", "landmarks", "crop", "embedding")


def cut_portraits(*, clips: Path, faces: Path, output: Path) -> None:
    """Cut the head out of each face; rows are those of `faces`, so that the index of the clips is theirs too.

    Args:
        clips: shard of the clips phase, for speaker, labels and rights.
        faces: shard of the faces phase.
        output: shard of portraits to write.
    """
    cv2.setNumThreads(1)
    about = read_shard(clips).select(["speaker_id", *ABOUT])
    found = read_shard(faces).select(_OF_FACES)
    dimension = found.schema.field("embedding").type.list_size
    rows = zip(iter_rows(about), iter_rows(found), strict=True)
    with ShardWriter(output, schema(dimension)) as writer:
        for person, face in progress(rows, what="portraits", unit="face", total=found.num_rows):
            writer.append(person | face | (outline(face) if face["status"] == "ok" else {}))


def outline(face: Mapping[str, Any]) -> dict[str, Any]:
    """The columns `alpha` and `quality` of a face with its `crop` and `landmarks`."""
    crop = decode_image(face["crop"])
    landmarks = crop_landmarks(np.array(face["landmarks"], np.float64).reshape(-1, 2))
    mask = cut_out(crop, landmarks)
    return {
        "alpha": None if mask is None else encode_alpha(mask),
        "quality": portrait_quality(crop, landmarks),
    }
