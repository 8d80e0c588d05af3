"""Fetching in a child process, which is killed when it takes too long and restarted when it dies.

Containers are untrusted and parsed by C code, which no Python timeout can stop.
"""

import json
import os
import shutil
import signal
from dataclasses import asdict
from pathlib import Path

from speech2face.base.files import part_folder
from speech2face.base.guarded import GuardedProcess, connect, limit_memory, ready
from speech2face.base.status import Reason
from speech2face.config import Downloads, parse
from speech2face.data.downloads.ledger import Outcome, read_outcome

_GRACE_S = 5.0
"""Time beyond the limit that the process keeps itself."""
_MEMORY_MB = 2000
"""Memory for the cached parts of a file, and for what FFmpeg allocates for a container."""


class Worker(GuardedProcess):
    """`Fetcher` in a child process."""

    def __init__(self, settings: Downloads, seed: str) -> None:
        # It needs the network, with proxies and programs of the user.
        super().__init__(__name__, {"settings": settings.model_dump(mode="json"), "seed": seed}, os.environ)
        self._settings = settings
        self._path = Path()

    def fetch(self, url: str, start_s: float, end_s: float, path: Path) -> Outcome:
        """Fetch one clip to `path`; crashes and timeouts of the process become reasons.

        Raises:
            OSError: the disk is full or cannot be written; `path` does not exist then.
            RuntimeError: the process does not start.
        """
        self._running()
        self._path = path
        try:
            self._connection.send_bytes(json.dumps([url, start_s, end_s, str(path)]).encode())
            if not self._connection.poll(self._settings.clip_seconds + _GRACE_S):
                self._stop()
                return Outcome(reason=Reason.UNREACHABLE, detail=f"Not done in {self._settings.clip_seconds:g} s.")
            reply = json.loads(self._connection.recv_bytes())
        except (EOFError, ConnectionError):
            self._stop()
            return Outcome(reason=Reason.CRASHED, detail=Reason.CRASHED.meaning)
        if "errno" in reply:
            raise OSError(reply["errno"], os.strerror(reply["errno"]), str(path))
        return read_outcome(reply)

    def _stop(self) -> None:
        """Kill the process, and remove its partial file."""
        process = self._process
        super()._stop()
        if process is not None:
            shutil.rmtree(part_folder(self._path, process.pid), ignore_errors=True)


def main() -> None:
    """Serve requests from the connection until it closes."""
    # The parent process decides when this one ends: after the current clip.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    from speech2face.data.downloads.fetch import Fetcher

    connection, setup = connect()
    with connection:
        fetcher = Fetcher(parse(Downloads, setup["settings"], "settings"), setup["seed"])
        limit_memory(_MEMORY_MB)
        ready(connection)
        while True:
            try:
                url, start_s, end_s, path = json.loads(connection.recv_bytes())
            except EOFError:
                return
            try:
                reply = asdict(fetcher.fetch(url, start_s, end_s, Path(path)))
            except OSError as error:
                if error.errno is None:
                    raise
                reply = {"errno": error.errno}
            connection.send_bytes(json.dumps(reply).encode())


if __name__ == "__main__":
    main()
