"""The process that reads sound for `inference.reading`: one recording at a time, with little to lose."""

import json
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from speech2face.base.status import Reason, Rejected
from speech2face.config import Clips
from speech2face.data.clips.media import read_sound
from speech2face.data.clips.serving import serve


def _answer(connection: Connection, settings: Clips) -> Iterator[bytes]:
    asked = json.loads(connection.recv_bytes())
    try:
        sound = read_sound(Path(asked.pop("path")), **asked, settings=settings).sound
    except Rejected as rejection:
        yield json.dumps({"reason": rejection.reason, "detail": rejection.detail}).encode()
        return
    except OSError as error:
        # A name that no file can have, say; whatever a decoder says has become a rejection by now.
        yield json.dumps({"reason": Reason.MISSING, "detail": f"({error.strerror})"}).encode()
        return
    yield json.dumps({"reason": ""}).encode()
    yield sound.tobytes()


if __name__ == "__main__":
    serve(_answer)
