"""The process that reads sound for `inference.reading`, one recording at a time."""

import json
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from speech2face.base.status import Reason, Rejected
from speech2face.config import Clips
from speech2face.data.clips.media import read_sound
from speech2face.data.clips.serving import serve


def _answer(connection: Connection, settings: Clips) -> Iterator[bytes]:
    request = json.loads(connection.recv_bytes())
    try:
        sound = read_sound(Path(request.pop("path")), **request, settings=settings).sound
    except Rejected as rejection:
        yield json.dumps({"reason": rejection.reason, "detail": rejection.detail}).encode()
        return
    except OSError as error:
        # Such as a name that no file can have; errors of decoders are rejections.
        yield json.dumps({"reason": Reason.MISSING, "detail": f"({error.strerror})"}).encode()
        return
    yield json.dumps({"reason": ""}).encode()
    yield sound.tobytes()


if __name__ == "__main__":
    serve(_answer)
