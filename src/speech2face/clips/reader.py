"""Reading clips in a process of its own, so that no file can stop, stall or fill the one that writes the shard."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

from speech2face.clips import worker
from speech2face.clips.worker import Reading, Task
from speech2face.config import Clips
from speech2face.status import Reason, Rejected

# Time for Python to start and import on a busy machine.
_START_SECONDS = 300
# Time for a process that has closed its connection to end, which a long traceback may take.
_END_SECONDS = 10
# A process that holds this much more memory after a clip than when it was fresh is replaced.
_GROWTH_MB = 100


class ClipReader:
    """Reads one clip after the other in a process that is killed when it takes too long, and replaced when it ends.

    Used as a context manager; the process starts with the first clip.
    """

    def __init__(self, settings: Clips) -> None:
        self._settings = settings
        self._process: subprocess.Popen | None = None
        self._connection: Connection
        self._fresh_mb = 0.0

    def __enter__(self) -> "ClipReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def read(self, task: Task, data: bytes = b"") -> Reading:
        """Read one clip.

        Raises:
            Rejected: the clip cannot be used; also when reading it took too long or brought the process down.
            RuntimeError: the process does not start, which is no clip's fault.
        """
        if self._process is not None and self._process.poll() is not None:
            self._stop()
        process = self._process or self._start()
        try:
            worker.send_task(self._connection, task, data)
            if not self._connection.poll(self._settings.timeout_seconds):
                self._stop()
                raise self._rejection(-signal.SIGALRM)
            return worker.receive_reading(self._connection)
        except (EOFError, OSError):
            raise self._rejection(_end(process)) from None
        finally:
            if _resident_mb(process.pid) - self._fresh_mb > _GROWTH_MB:
                self._stop()

    def _start(self) -> subprocess.Popen:
        self._connection, theirs = multiprocessing.Pipe()
        with theirs:
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", worker.__name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # Nothing here needs threads of linear algebra, each of which would take memory.
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            )
        try:
            self._connection.send_bytes(json.dumps(self._settings.model_dump(mode="json")).encode())
            started = self._connection.poll(_START_SECONDS) and self._connection.recv_bytes() == b"ready"
        except (EOFError, OSError):
            started = False
        if not started:
            self._stop()
            raise RuntimeError("The process that reads media files does not start; what it says is above.")
        self._fresh_mb = _resident_mb(process.pid)
        return process

    def _rejection(self, code: int) -> Rejected:
        """What the end of the process says of the clip: `code` is that of `subprocess`, negative for a signal."""
        if code == -signal.SIGALRM:
            limit = f"{self._settings.timeout_seconds:g} s"
            return Rejected(Reason.TOO_SLOW, f"Reading was given up after clips.timeout_seconds, {limit}.")
        if code == worker.OUT_OF_MEMORY:
            limit = f"{self._settings.memory_mb} MB"
            return Rejected(Reason.TOO_LARGE, f"Reading takes more memory than clips.memory_mb, {limit}.")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Rejected(Reason.CRASHED, f"{Reason.CRASHED.meaning} ({how})")

    def _stop(self) -> None:
        if self._process is not None:
            self._connection.close()
            self._process.kill()
            self._process.wait()
            self._process = None


def _end(process: subprocess.Popen) -> int:
    """The code with which a process ends that has closed its connection."""
    try:
        return process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _resident_mb(process: int) -> float:
    """Memory that a process holds, where the system says so."""
    statm = Path(f"/proc/{process}/statm")
    try:
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, IndexError):
        return 0.0
