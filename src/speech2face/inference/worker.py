"""The process that reads sound for `inference.reading`: one recording at a time, with little to lose."""

import faulthandler
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from speech2face.clips.media import read_sound
from speech2face.config import Clips, parse
from speech2face.guarded import connect, ready
from speech2face.status import Reason, Rejected

# How this process ends when a recording takes more memory than it may.
OUT_OF_MEMORY = 3
_GRACE_SECONDS = 1.0


def main() -> None:
    """Serve the connection whose file descriptor is the first argument, until it is closed."""
    # An interrupt from the keyboard reaches this process too; it is for the one that started it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    connection, setup = connect()
    with connection:
        settings = parse(Clips, setup, "settings")
        ready(connection, settings.memory_mb)
        while True:
            try:
                asked = json.loads(connection.recv_bytes())
                # Who should end this process when it takes too long may be gone.
                signal.setitimer(signal.ITIMER_REAL, settings.timeout_seconds + _GRACE_SECONDS)
                for message in _read(settings, **asked):
                    connection.send_bytes(message)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except EOFError:
                return
            except MemoryError:
                sys.exit(OUT_OF_MEMORY)


def _read(settings: Clips, path: str, start_s: float, seconds: float) -> Iterator[bytes]:
    try:
        sound = read_sound(Path(path), start_s=start_s, seconds=seconds, settings=settings).sound
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
    main()
