"""The child process that reads clips for `clips.reader`, one at a time.

It runs FFmpeg and Pillow on untrusted files, so it may be killed or end at any time.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

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


def send_task(connection: Connection, task: Task, data: bytes) -> None:
    """Request a clip."""
    connection.send_bytes(json.dumps(vars(task)).encode())
    connection.send_bytes(data)


def receive_reading(connection: Connection) -> Reading:
    """Receive the clip from the process.

    Raises:
        Rejected: the clip cannot be used.
        EOFError: the process has ended.
    """
    head = json.loads(connection.recv_bytes())
    if head["reason"]:
        raise Rejected(Reason(head["reason"]), head["detail"])
    sound = np.frombuffer(connection.recv_bytes(), np.int16)
    return Reading(sound=sound, frames=[connection.recv_bytes() for _ in head["times"]], times=head["times"])


def _respond(connection: Connection, settings: Clips) -> Iterator[bytes]:
    task = Task(**json.loads(connection.recv_bytes()))
    try:
        reading = _read(task, connection.recv_bytes(), settings)
    except Rejected as rejection:
        yield json.dumps({"reason": rejection.reason, "detail": rejection.detail}).encode()
        return
    yield json.dumps({"reason": "", "times": reading.times}).encode()
    yield reading.sound.tobytes()
    yield from reading.frames


def _read(task: Task, data: bytes, settings: Clips) -> Reading:
    source = Path(task.path) if task.path else io.BytesIO(data)
    stretch: dict[str, Any] = {"start_s": task.start_s, "seconds": task.seconds, "settings": settings}
    if task.picture is None:
        media = read_media(source, **stretch)
        # A third cheaper to encode and decode, and nearly all videos have halved colour anyway.
        frames = [encode_jpeg(frame, halve_colour=True) for frame in media.frames]
        return Reading(sound=media.sound, frames=frames, times=media.times)
    picture = read_picture(Path(task.picture), settings.max_pixels)
    sound = read_sound(source, **stretch).sound if task.path or data else np.zeros(0, np.int16)
    return Reading(sound=sound, frames=[encode_jpeg(picture)], times=[0.0])


if __name__ == "__main__":
    serve(_respond)
