"""Fetching in a process of its own, which is killed when it takes too long and started again when it dies.

A container is parsed by C code that no Python timeout can stop, and comes from a stranger.
"""

import multiprocessing
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from speech2face.config import Downloads
from speech2face.downloads.ledger import Outcome
from speech2face.status import Reason

_GRACE_S = 5.0
"""Beyond the limit that the process keeps itself."""
_START_S = 120.0


class Worker:
    """The same as `Fetcher`, from outside. Used as a context manager."""

    def __init__(self, settings: Downloads, seed: str) -> None:
        self._settings, self._seed = settings, seed
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection
        self._path = Path()

    def __enter__(self) -> "Worker":
        return self

    def fetch(self, url: str, start_s: float, end_s: float, path: Path) -> Outcome:
        """Fetch one clip to `path`; a clip that kills the process, or keeps it too long, has a reason.

        Raises:
            OSError: the disk is full, or cannot be written for another reason; `path` is not there then.
            RuntimeError: the process does not start.
        """
        if self._process is None:
            self._start()
        self._path = path
        try:
            self._connection.send((url, start_s, end_s, path))
            if not self._connection.poll(self._settings.clip_seconds + _GRACE_S):
                self._kill()
                return Outcome(reason=Reason.UNREACHABLE, detail=f"Not done in {self._settings.clip_seconds:g} s.")
            answer = self._connection.recv()
        except (EOFError, ConnectionError):
            self._kill()
            return Outcome(reason=Reason.CRASHED, detail=Reason.CRASHED.meaning)
        if isinstance(answer, OSError):
            raise answer
        return answer

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._settings, self._seed), daemon=True)
        self._process.start()
        theirs.close()
        try:
            if self._connection.poll(_START_S):
                self._connection.recv()
                return
        except EOFError:
            pass
        self._kill()
        raise RuntimeError("The process that fetches clips does not start; what it says is above.")

    def _kill(self) -> None:
        """End the process whatever it does, and remove the part of a file that it may have left."""
        if self._process is None:
            return
        self._process.kill()
        self._process.join()
        self._path.with_name(f".{self._path.name}.{self._process.pid}.part").unlink(missing_ok=True)
        self._connection.close()
        self._process = None

    def __exit__(self, *error: object) -> None:
        self._kill()


def _serve(connection: Connection, settings: Downloads, seed: str) -> None:
    """Fetch what comes over the connection until it closes."""
    # Whoever started this one decides when it ends: after the clip at hand.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    from speech2face.downloads.fetch import Fetcher

    fetcher = Fetcher(settings, seed)
    connection.send("ready")
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        try:
            connection.send(fetcher.fetch(*task))
        except OSError as error:
            connection.send(error)
