"""Reading the start of a clip again with many frames, to see who talks."""

from types import TracebackType
from typing import Any

from speech2face.config import Clips, Talking
from speech2face.data.clips.cut import read_clip
from speech2face.data.clips.reader import ClipReader
from speech2face.data.clips.worker import Reading
from speech2face.data.sources.videos import VideoStore


class StretchReader:
    """Reads segments of the clips of a manifest in a child process, within the limits of the clips phase.

    Used as a context manager. The process starts with the first segment, because few clips need one.
    """

    def __init__(self, limits: Clips, talking: Talking) -> None:
        self._settings = limits.model_copy(update={"seconds": talking.seconds, "frames": talking.frames})
        self._videos = VideoStore()
        self._reader = ClipReader(self._settings)

    def __enter__(self) -> "StretchReader":
        self._reader.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.__exit__(kind, error, trace)
        self._videos.close()

    def read(self, row: dict[str, Any]) -> Reading:
        """The start of the clip of a manifest row: frames as JPEG, in the order of time, and the sound beside them.

        Raises:
            Rejected: the clip cannot be read.
        """
        return read_clip(row, self._videos, self._reader, self._settings)
