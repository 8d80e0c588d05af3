"""The clips phase: one shard of the manifest in, one shard of sound and frames out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from speech2face.clips.media import SAMPLE_RATE, read_media, repeat_to
from speech2face.config import Clips
from speech2face.images import encode_jpeg
from speech2face.progress import progress
from speech2face.shards import ShardWriter, array_field, iter_rows, read_shard
from speech2face.sources.manifest import LABEL_FIELDS, LABELS
from speech2face.sources.videos import VideoStore
from speech2face.status import STATUS_FIELDS, Reason, Rejected, Status


def schema(settings: Clips) -> pa.Schema:
    """The columns of a shard of clips."""
    return pa.schema(
        [
            *STATUS_FIELDS,
            pa.field("speaker_id", pa.string(), nullable=False),
            *LABEL_FIELDS,
            pa.field("face_x", pa.float64()),
            pa.field("face_y", pa.float64()),
            pa.field("heard_s", pa.float64(), metadata={"meaning": "length of the sound before it was repeated"}),
            array_field("audio", round(settings.seconds * SAMPLE_RATE), pa.int16()),
            pa.field("frames", pa.list_(pa.binary()), metadata={"meaning": "JPEG, in the order of time"}),
            pa.field("times", pa.list_(pa.float64()), metadata={"unit": "seconds from the start of the clip"}),
        ]
    )


def cut_clips(manifest: Path, output: Path, settings: Clips) -> None:
    """Cut every clip of the manifest shard; a clip that cannot be used becomes a row with a reason."""
    table = read_shard(manifest)
    videos = VideoStore()
    with ShardWriter(output, schema(settings)) as writer:
        for row in progress(iter_rows(table), what="clips", unit="clip", total=table.num_rows):
            writer.append(_cut(row, videos, settings))
    videos.close()


def _cut(row: dict[str, Any], videos: VideoStore, settings: Clips) -> Mapping[str, Any]:
    common = {name: row[name] for name in ("clip_id", "speaker_id", "face_x", "face_y", *LABELS)}
    seconds = settings.seconds
    if row["end_s"] is not None:
        seconds = min(seconds, row["end_s"] - row["start_s"])
    try:
        media = read_media(
            videos.open(row),
            start_s=row["start_s"],
            seconds=seconds,
            frames=settings.frames,
            max_pixels=settings.max_pixels,
        )
        heard = len(media.sound) / SAMPLE_RATE
        if heard < settings.min_seconds:
            raise Rejected(Reason.TOO_SHORT, f"{heard:.2f} s of sound; clips.min_seconds is {settings.min_seconds}.")
    except Rejected as rejection:
        return common | vars(Status.rejected(row["clip_id"], rejection))
    audio: np.ndarray = repeat_to(media.sound, round(settings.seconds * SAMPLE_RATE))
    return (
        common
        | vars(Status.ok(row["clip_id"]))
        | {
            "heard_s": heard,
            "audio": audio,
            "frames": [encode_jpeg(frame) for frame in media.frames],
            "times": media.times,
        }
    )
