"""Opening the videos that a manifest names."""

import io
import tarfile
from pathlib import Path
from typing import Any, BinaryIO


class VideoStore:
    """Opens the videos of a manifest; caches the index of the last archive, because rows are sorted by archive."""

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
