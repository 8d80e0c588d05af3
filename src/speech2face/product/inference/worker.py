"""The process that reads sound for `inference.reading`, one recording at a time."""

import json
from collections.abc import Iterator
from multiprocessing.connection import Connection

# PyAV imports these when it opens a file. In the cell it no longer can where packages are links to other folders.
import av.audio.stream
import av.subtitles.stream
import av.video.stream  # noqa: F401

from speech2face.base.guarded import receive_file
from speech2face.base.status import Rejected
from speech2face.config import Clips
from speech2face.data.clips.media import read_sound
from speech2face.data.clips.serving import serve


def _answer(connection: Connection, settings: Clips) -> Iterator[bytes]:
    request = json.loads(connection.recv_bytes())
    try:
        with receive_file(connection) as file:
            sound = read_sound(file, **request, settings=settings).sound
    except Rejected as rejection:
        yield json.dumps({"reason": rejection.reason, "detail": rejection.detail}).encode()
        return
    yield json.dumps({"reason": ""}).encode()
    yield sound.tobytes()


if __name__ == "__main__":
    serve(_answer)
