"""The clips phase: one shard of the manifest in, one shard of sound and frames out."""

import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from speech2face.base.progress import progress
from speech2face.base.shards import ShardWriter, array_field, iter_rows, read_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.status import STATUS_FIELDS, Reason, Rejected, Status
from speech2face.config import Clips
from speech2face.data.clips.reader import ClipReader
from speech2face.data.clips.sound import repeat_to
from speech2face.data.clips.worker import Reading, Task
from speech2face.data.sources.manifest import ABOUT, ABOUT_FIELDS
from speech2face.data.sources.videos import VideoStore


def schema(settings: Clips) -> pa.Schema:
    """The columns of a shard of clips."""
    return pa.schema(
        [
            *STATUS_FIELDS,
            pa.field("speaker_id", pa.string(), nullable=False),
            *ABOUT_FIELDS,
            pa.field("face_x", pa.float64()),
            pa.field("face_y", pa.float64()),
            pa.field("heard_s", pa.float64(), metadata={"meaning": "length of the sound before it was repeated"}),
            array_field("audio", round(settings.seconds * SAMPLE_RATE), pa.int16()),
            pa.field("frames", pa.list_(pa.binary()), metadata={"meaning": "JPEG, in the order of time"}),
            pa.field("times", pa.list_(pa.float64()), metadata={"unit": "seconds from the start of the clip"}),
        ]
    )


def cut_clips(*, manifest: Path, output: Path, settings: Clips) -> None:
    """Cut every clip of the manifest shard; a clip that cannot be used becomes a row with a reason.

    Args:
        manifest: manifest of the shard.
        output: shard of clips to write.
        settings: config section `clips`.
    """
    table = read_shard(manifest)
    videos = VideoStore()
    with ShardWriter(output, schema(settings)) as writer, ClipReader(settings) as reader:
        for row in progress(iter_rows(table), what="clips", unit="clip", total=table.num_rows):
            writer.append(_cut(row, videos, reader, settings))
    videos.close()


def _cut(row: dict[str, Any], videos: VideoStore, reader: ClipReader, settings: Clips) -> Mapping[str, Any]:
    common = {name: row[name] for name in ("clip_id", "speaker_id", "face_x", "face_y", *ABOUT)}
    try:
        if row["reason"] is not None:
            raise Rejected(Reason(row["reason"]), row["detail"] or "")
        reading = read_clip(row, videos, reader, settings)
    except Rejected as rejection:
        return common | vars(Status.rejected(row["clip_id"], rejection))
    return (
        common
        | vars(Status.ok(row["clip_id"]))
        | {
            "heard_s": len(reading.sound) / SAMPLE_RATE,
            "audio": repeat_to(reading.sound, round(settings.seconds * SAMPLE_RATE)),
            "frames": reading.frames,
            "times": reading.times,
        }
    )


def read_clip(row: dict[str, Any], videos: VideoStore, reader: ClipReader, settings: Clips) -> Reading:
    """Read the clip of a manifest row.

    Raises:
        Rejected: it does not exist or cannot be used.
    """
    seconds = _length(row, settings)
    source = _open(row, videos)
    return reader.read(
        Task(
            path=str(source) if isinstance(source, Path) else "",
            picture=row["picture"],
            start_s=row["start_s"],
            seconds=seconds,
        ),
        b"" if isinstance(source, Path) else source,
    )


def _length(row: Mapping[str, Any], settings: Clips) -> float:
    """Seconds of the clip to read."""
    start, end = row["start_s"], row["end_s"]
    # Written so that NaN fails, too.
    if not (0 <= start < float("inf") and (end is None or end > start)):
        raise Rejected(Reason.TOO_SHORT, f"The clip goes from {start} to {end} s.")
    return settings.seconds if end is None else min(settings.seconds, end - start)


def _open(row: dict[str, Any], videos: VideoStore) -> Path | bytes:
    """The path of the clip's video, or its bytes, if it lies in an archive."""
    try:
        source = videos.open(row)
        return source if isinstance(source, Path) else source.read()
    except FileNotFoundError as error:
        raise Rejected(Reason.MISSING) from error
    except (tarfile.TarError, EOFError) as error:
        raise Rejected(Reason.DAMAGED, "The archive that holds it cannot be read.") from error
