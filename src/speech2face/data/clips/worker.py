"""The child process that reads clips for `clips.reader`, one at a time.

It runs FFmpeg and Pillow on untrusted files, so it may be killed or end at any time.
"""

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, BinaryIO

import numpy as np

from speech2face.base.guarded import receive_file
from speech2face.base.images import encode_jpeg
from speech2face.base.status import Reason, Rejected
from speech2face.config import Clips
from speech2face.data.clips.media import read_media, read_sound
from speech2face.data.clips.picture import read_picture
from speech2face.data.clips.serving import serve


@dataclass(frozen=True, kw_only=True)
class Task:
    """A video or recording to read, given by path or, if that is empty, as bytes, and optionally a face picture.

    Without path and bytes the picture alone is read.
    """

    path: str
    picture: str | None
    start_s: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Mono sound (int16, 16 kHz), frames as JPEG, and their times in seconds."""

    sound: np.ndarray
    frames: list[bytes]
    times: list[float]


def receive_reading(connection: Connection, settings: Clips) -> Reading:
    """Receive the clip from the process, whatever a file has made of it.

    Raises:
        Rejected: the clip cannot be used.
        EOFError: the process has ended.
        OSError: it sends more than it may.
        ValueError: it sends what is no reading.
    """
    most = settings.memory_mb * 2**20
    try:
        head = json.loads(connection.recv_bytes(most))
        if head["reason"]:
            raise Rejected(Reason(head["reason"]), str(head["detail"]))
        times = [float(time) for time in head["times"]]
        if len(times) > settings.frames:
            raise ValueError(f"It sends {len(times)} frames.")
    except (KeyError, TypeError) as error:
        raise ValueError(f"It sends no reading ({error!r}).") from None
    sound = np.frombuffer(connection.recv_bytes(most), np.int16)
    return Reading(sound=sound, frames=[connection.recv_bytes(most) for _ in times], times=times)


def _respond(connection: Connection, settings: Clips) -> Iterator[bytes]:
    asked = json.loads(connection.recv_bytes())
    data = connection.recv_bytes()
    stretch = {"start_s": asked["start_s"], "seconds": asked["seconds"], "settings": settings}
    try:
        with contextlib.ExitStack() as opened:
            source = opened.enter_context(receive_file(connection)) if asked["path"] else io.BytesIO(data)
            picture = opened.enter_context(receive_file(connection)) if asked["picture"] else None
            reading = _read(source, picture, bool(asked["path"] or data), stretch)
    except Rejected as rejection:
        yield json.dumps({"reason": rejection.reason, "detail": rejection.detail}).encode()
        return
    yield json.dumps({"reason": "", "times": reading.times}).encode()
    yield reading.sound.tobytes()
    yield from reading.frames


def _read(source: BinaryIO, picture: BinaryIO | None, heard: bool, stretch: dict[str, Any]) -> Reading:
    if picture is None:
        media = read_media(source, **stretch)
        # A third cheaper to encode and decode, and nearly all videos have halved colour anyway.
        frames = [encode_jpeg(frame, halve_colour=True) for frame in media.frames]
        return Reading(sound=media.sound, frames=frames, times=media.times)
    face = read_picture(picture, stretch["settings"].max_pixels)
    sound = read_sound(source, **stretch).sound if heard else np.zeros(0, np.int16)
    return Reading(sound=sound, frames=[encode_jpeg(face)], times=[0.0])


if __name__ == "__main__":
    serve(_respond)
