"""The pictures that the paper's authors decoded for their samples, and the faces found in them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from speech2face.base.images import decode_image
from speech2face.base.progress import progress
from speech2face.base.shards import ShardWriter, array_field, iter_rows, read_shard
from speech2face.base.status import Rejected
from speech2face.config import Clips, Faces, Samples
from speech2face.data.clips.reader import ClipReader
from speech2face.data.clips.worker import Task
from speech2face.data.faces.find import FaceFinder, SeenFace
from speech2face.data.faces.landmarks import LANDMARKS
from speech2face.data.sources.samples import PICTURES, published_picture


def schema(dimension: int) -> pa.Schema:
    """The columns: for each kind of `PICTURES` the picture, and what is found in it; null where there is none."""
    fields = [
        field
        for kind in PICTURES
        for field in (
            pa.field(kind, pa.binary(), metadata={"meaning": "JPEG, as published"}),
            array_field(f"{kind}_embedding", dimension, pa.float32()),
            array_field(f"{kind}_landmarks", 2 * LANDMARKS, pa.float32()),
        )
    ]
    return pa.schema([pa.field("clip_id", pa.string(), nullable=False), *fields])


def see_published(
    *, manifest: Path, output: Path, settings: Samples, faces_settings: Faces, clips_settings: Clips
) -> None:
    """Embed the published pictures of a shard's clips; rows are those of the manifest, in the same order.

    Args:
        manifest: shard of the list of clips.
        output: shard of published pictures to write.
        settings: config section `samples`.
        faces_settings: config section `faces`: how a face is found and embedded.
        clips_settings: config section `clips`: limits of what is read.
    """
    torch.set_num_threads(1)
    finder = FaceFinder(faces_settings)
    table = read_shard(manifest).select(["clip_id", "video"])
    with ShardWriter(output, schema(finder.dimension)) as writer, ClipReader(clips_settings) as reader:
        for row in progress(iter_rows(table), what="published pictures", unit="clip", total=table.num_rows):
            clip = row["clip_id"]
            # A picture is read as the face beside a recording is: by the process for untrusted files, sound and all.
            tasks = {
                kind: Task(
                    path=row["video"],
                    picture=str(published_picture(settings, clip, kind)),
                    start_s=0.0,
                    seconds=clips_settings.min_seconds,
                )
                for kind in PICTURES
            }
            found = {kind: _read(task, reader) for kind, task in tasks.items()}
            known = [kind for kind, data in found.items() if data is not None]
            faces = finder.see([decode_image(data) for data in found.values() if data is not None])
            seen = dict(zip(known, faces, strict=True))
            writer.append(
                {"clip_id": clip}
                | {
                    f"{kind}{name}": value
                    for kind in known
                    for name, value in _columns(found[kind], seen[kind]).items()
                }
            )


def _columns(picture: bytes | None, face: SeenFace | None) -> dict[str, bytes | np.ndarray | None]:
    return {
        "": picture,
        "_embedding": None if face is None else face.embedding,
        "_landmarks": None if face is None else face.landmarks.reshape(-1),
    }


def _read(task: Task, reader: ClipReader) -> bytes | None:
    """The picture of a task; None if it cannot be read."""
    try:
        return reader.read(task).frames[0]
    except Rejected:
        return None
