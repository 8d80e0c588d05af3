"""Reading clips in a process of its own, so that no file can stop, stall or fill the one that writes the shard."""

import os
import signal
import subprocess
from pathlib import Path

from speech2face.base.guarded import GuardedProcess
from speech2face.base.status import Reason, Rejected
from speech2face.config import Clips
from speech2face.data.clips import worker
from speech2face.data.clips.serving import OUT_OF_MEMORY
from speech2face.data.clips.worker import Reading, Task

# A process that holds this much more memory after a clip than when it was fresh is replaced.
_GROWTH_MB = 100


class ClipReader(GuardedProcess):
    """Reads one clip after the other in a process that is killed when it takes too long, and replaced when it ends.

    Used as a context manager; the process starts with the first clip.
    """

    def __init__(self, settings: Clips) -> None:
        super().__init__(worker.__name__, settings.model_dump(mode="json"))
        self._settings = settings
        self._fresh_mb = 0.0

    def read(self, task: Task, data: bytes = b"") -> Reading:
        """Read one clip.

        Raises:
            Rejected: the clip cannot be used; also when reading it took too long or brought the process down.
            RuntimeError: the process does not start, which is no clip's fault.
        """
        process = self._running()
        try:
            worker.send_task(self._connection, task, data)
            if not self._connection.poll(self._settings.timeout_seconds):
                self._stop()
                raise self._rejection(-signal.SIGALRM)
            return worker.receive_reading(self._connection)
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
        """What the end of the process says of the clip: `code` is that of `subprocess`, negative for a signal."""
        if code == -signal.SIGALRM:
            limit = f"{self._settings.timeout_seconds:g} s"
            return Rejected(Reason.TOO_SLOW, f"Reading was given up after clips.timeout_seconds, {limit}.")
        if code == OUT_OF_MEMORY:
            limit = f"{self._settings.memory_mb} MB"
            return Rejected(Reason.TOO_LARGE, f"Reading takes more memory than clips.memory_mb, {limit}.")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Rejected(Reason.CRASHED, f"{Reason.CRASHED.meaning} ({how})")


def _resident_mb(process: int) -> float:
    """Memory that a process holds, where the system says so."""
    statm = Path(f"/proc/{process}/statm")
    try:
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, IndexError):
        return 0.0
