"""Choosing evenly spaced frames of a stream of unknown length, and converting them to upright pictures."""

from fractions import Fraction

import av
import numpy as np
from av.video.frame import VideoFrame
from jaxtyping import UInt8

from speech2face.base.status import Reason, Rejected

# A larger aspect ratio of pixels means a damaged header: the widest in use are 4:1 anamorphic film scans.
_WIDEST_PIXEL = 4


class EvenFrames:
    """Keeps evenly spaced frames, at most twice the wanted number, whatever the length of the stream."""

    def __init__(self, count: int) -> None:
        self.kept: list[tuple[VideoFrame, float]] = []
        self._count = count
        self._stride = 1
        self._seen = 0

    def offer(self, frame: VideoFrame, time: float) -> None:
        """The next frame, and its time in seconds."""
        if self._seen % self._stride == 0:
            self.kept.append((frame, time))
            if len(self.kept) > 2 * self._count:
                self.kept = self.kept[::2]
                self._stride *= 2
        self._seen += 1

    def choose(self) -> list[tuple[VideoFrame, float]]:
        """The wanted number of frames, or all if there were fewer."""
        if len(self.kept) <= self._count:
            return self.kept
        step = len(self.kept) / self._count
        return [self.kept[int((index + 0.5) * step)] for index in range(self._count)]


def upright(frame: VideoFrame, aspect: Fraction | None) -> UInt8[np.ndarray, "height width 3"]:
    """The frame as RGB (height, width, 3), uint8, with square pixels and rotated as its metadata says.

    Args:
        aspect: width of a pixel divided by its height; None: square.

    Raises:
        Rejected: its pixel format cannot be converted to RGB.
        MemoryError: there is not enough memory.
    """
    wide = float(aspect or 1)
    if not 1 / _WIDEST_PIXEL <= wide <= _WIDEST_PIXEL:
        wide = 1.0
    width = max(1, round(frame.width * wide))
    try:
        # One thread: otherwise each frame keeps a thread of 8 MB per core as long as it lives.
        picture = frame.to_ndarray(format="rgb24", width=width, height=frame.height, threads=1)
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError) as error:
        raise Rejected(
            Reason.UNSUPPORTED, f"Pictures of format {frame.format.name} cannot be turned into RGB."
        ) from error
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90)))
