"""Opening media containers, but no playlists or scripts that name other files.

Playlists and concat scripts can name other files and hosts, so only containers are opened, and only from the given
file. FFmpeg never sees a name: it reads from an open file.
"""

import io
import os
from typing import Any, BinaryIO, Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from speech2face.base.status import Reason, Rejected
from speech2face.data.clips.decoders import DECODERS

_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,ogg,asf,wav,flac,mp3,aac"
# QuickTime tracks may refer to other files (data references).
_OPTIONS = {
    "format_whitelist": _CONTAINERS,
    "codec_whitelist": ",".join(sorted(DECODERS)),
    "protocol_whitelist": "fd",
    "enable_drefs": "0",
}
# Encoders add up to this much before the first sound, at negative times; it is not part of the clip.
_PRIMING_SECONDS = 0.15
_COVERS = Disposition.attached_pic | Disposition.timed_thumbnails


def open_container(source: BinaryIO) -> InputContainer:
    """Open a media file, or its bytes, from the start; used as a context manager.

    Raises:
        Rejected: it is not media.
        MemoryError: there is not enough memory.
    """
    if source.seek(0, io.SEEK_END) == 0:
        raise Rejected(Reason.NOT_MEDIA, "The file is empty.")
    source.seek(0)
    descriptor = _descriptor(source)
    own = {} if descriptor is None else {"fd": str(descriptor)}
    try:
        # FFmpeg reads an open file itself, which is faster than by way of Python.
        name = source if descriptor is None else "fd:"
        container = av.open(name, options=_OPTIONS | own, metadata_errors="replace")
    except (av.FFmpegError, ValueError) as error:
        raise Rejected(Reason.NOT_MEDIA, f"{Reason.NOT_MEDIA.meaning} ({what_went_wrong(error)})") from error
    assert isinstance(container, InputContainer)
    return container


def _descriptor(source: BinaryIO) -> int | None:
    """The number of the open file behind a file object, set to where the object is; None if there is none."""
    try:
        descriptor = source.fileno()
    except (AttributeError, OSError):
        return None
    os.lseek(descriptor, source.tell(), os.SEEK_SET)
    return descriptor


def choose_stream(container: InputContainer, kind: Literal["video", "audio"], missing: Reason) -> Any:
    """The stream of a kind that a player would choose, but no cover picture.

    Raises:
        Rejected: there is none (with the reason `missing`), or it cannot be decoded.
    """
    usable = [s for s in container.streams if s.type == kind and not s.disposition & _COVERS]
    if not usable:
        raise Rejected(missing)
    # PyAV gives a stream without a decoder no context, and does not pass on the list of decoders.
    decodable = [s for s in usable if s.codec_context is not None and s.codec_context.codec.name in DECODERS]
    if not decodable:
        raise Rejected(Reason.UNSUPPORTED, f"There is no decoder for its {kind}.")
    best = container.streams.best(kind)
    return next((stream for stream in decodable if best is not None and stream.index == best.index), decodable[0])


def start_time(*streams: VideoStream | AudioStream | None) -> float:
    """The earliest start of the streams, in seconds of the file's clock."""
    starts = [
        float(stream.start_time * stream.time_base)
        for stream in streams
        if stream is not None and stream.start_time is not None and stream.time_base is not None
    ]
    start = min(starts, default=0.0)
    return 0.0 if -_PRIMING_SECONDS < start < 0 else start


def seek(container: InputContainer, time: float) -> bool:
    """Seek to `time` or a little before; False if that fails, and then the position is undefined."""
    try:
        container.seek(int(time * av.time_base))
    except (av.FFmpegError, OverflowError):
        return False
    return True


def what_went_wrong(error: Exception) -> str:
    """The error as text, without the path: status rows must not depend on the location of the file.

    Raises:
        MemoryError: if the error is one of memory, which says nothing about the file.
    """
    if isinstance(error, MemoryError):
        raise error
    return getattr(error, "strerror", None) or str(error)
