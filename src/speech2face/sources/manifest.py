"""The manifest: one row a clip, the only thing that every source has to give.

A clip is a stretch of a video file, or of a member of a tar archive, in which one known person talks. Labels
are optional and used for evaluation only.
"""

import io
import tarfile
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

LABEL_FIELDS = (
    pa.field("sex", pa.string()),
    pa.field("age", pa.float64(), metadata={"unit": "years"}),
    pa.field("ethnicity", pa.string()),
    pa.field("language", pa.string()),
)
LABELS = tuple(field.name for field in LABEL_FIELDS)

MANIFEST = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False),
        pa.field("archive", pa.string(), metadata={"meaning": "tar file that holds the video; null: none"}),
        pa.field("video", pa.string(), nullable=False, metadata={"meaning": "file, or member of the archive"}),
        pa.field("start_s", pa.float64(), nullable=False),
        pa.field("end_s", pa.float64(), metadata={"meaning": "null: to the end of the video"}),
        pa.field("face_x", pa.float64(), metadata={"meaning": "speaker's face, share of the width; null: unknown"}),
        pa.field("face_y", pa.float64(), metadata={"meaning": "speaker's face, share of the height"}),
        pa.field("speaker_id", pa.string(), nullable=False),
        *LABEL_FIELDS,
    ]
)


class VideoStore:
    """Opens the videos of a manifest; keeps the index of the last archive, since rows come archive by archive."""

    def __init__(self) -> None:
        self._path: str | None = None
        self._archive: tarfile.TarFile | None = None

    def open(self, row: dict[str, Any]) -> Path | BinaryIO:
        """The path of a plain video file, or the bytes of an archive's member.

        Raises:
            FileNotFoundError: the archive has no such member.
        """
        if row["archive"] is None:
            return Path(row["video"])
        if row["archive"] != self._path:
            self.close()
            self._archive = tarfile.open(row["archive"])  # noqa: SIM115 (kept open between rows)
            self._path = row["archive"]
        assert self._archive is not None
        try:
            member = self._archive.extractfile(row["video"])
        except KeyError:
            member = None
        if member is None:
            raise FileNotFoundError(f"{row['archive']} has no file {row['video']}.")
        return io.BytesIO(member.read())

    def close(self) -> None:
        """Close the archive that is open, if any."""
        if self._archive is not None:
            self._archive.close()
        self._archive = self._path = None
