"""Reading clips in a child process, so that no file can crash, block or exhaust the process that writes the shard."""

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import BinaryIO

from speech2face.base.guarded import GuardedProcess
from speech2face.base.status import Reason, Rejected
from speech2face.config import Clips
from speech2face.data.clips import worker
from speech2face.data.clips.opening import open_ordinary
from speech2face.data.clips.serving import OUT_OF_MEMORY
from speech2face.data.clips.worker import Reading, Task

# The process is replaced when its memory after a clip exceeds that at its start by this much.
_GROWTH_MB = 100


class ClipReader(GuardedProcess):
    """Reads clips in a child process, which is killed when a clip takes too long, and restarted when it ends.

    Used as a context manager; the process starts with the first clip.
    """

    def __init__(self, settings: Clips) -> None:
        super().__init__(worker.__name__, settings.model_dump(mode="json"))
        self._settings = settings
        self._fresh_mb = 0.0

    def read(self, task: Task, data: bytes = b"") -> Reading:
        """Read one clip.

        Raises:
            Rejected: the clip cannot be used, took too long to read or crashed the process.
            RuntimeError: the process does not start, whatever the clip.
        """
        with contextlib.ExitStack() as opened:
            files = []
            if task.path:
                files.append(opened.enter_context(open_ordinary(Path(task.path))))
            if task.picture is not None:
                picture = open_ordinary(Path(task.picture), "There is no such picture.")
                files.append(opened.enter_context(picture))
            return self._ask(task, data, files)

    def _ask(self, task: Task, data: bytes, files: list[BinaryIO]) -> Reading:
        process = self._running()
        try:
            about = vars(task) | {"path": bool(task.path), "picture": task.picture is not None}
            self._connection.send_bytes(json.dumps(about).encode())
            self._connection.send_bytes(data)
            for file in files:
                self._send_file(file)
            if not self._connection.poll(self._settings.timeout_seconds):
                self._stop()
                raise self._rejection(-signal.SIGALRM)
            return worker.receive_reading(self._connection, self._settings)
        except ValueError:
            # Whatever speaks there is no longer the program that was started.
            self._stop()
            raise Rejected(Reason.CRASHED) from None
        except (EOFError, OSError):
            raise self._rejection(self._ended()) from None
        finally:
            if _resident_mb(process.pid) - self._fresh_mb > _GROWTH_MB:
                self._stop()

    def _start(self) -> subprocess.Popen:
        process = super()._start()
        self._fresh_mb = _resident_mb(process.pid)
        return process

    def _rejection(self, code: int) -> Rejected:
        """The rejection for an exit code of the process, negative for a signal."""
        if code == -signal.SIGALRM:
            limit = f"{self._settings.timeout_seconds:g} s"
            return Rejected(Reason.TOO_SLOW, f"Reading was given up after clips.timeout_seconds, {limit}.")
        if code == OUT_OF_MEMORY:
            limit = f"{self._settings.memory_mb} MB"
            return Rejected(Reason.TOO_LARGE, f"Reading takes more memory than clips.memory_mb, {limit}.")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Rejected(Reason.CRASHED, f"{Reason.CRASHED.meaning} ({how})")


def _resident_mb(process: int) -> float:
    """Resident memory of a process in MiB; 0 where it is unknown."""
    statm = Path(f"/proc/{process}/statm")
    try:
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, IndexError):
        return 0.0
