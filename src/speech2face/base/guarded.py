"""A child process for untrusted files, which may crash, hang or exhaust its memory, and its supervisor.

The two exchange bytes and JSON: nothing from a file is ever unpickled.
"""

import json
import multiprocessing
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# Time for Python to start and import on a busy machine.
_START_SECONDS = 300
# Time for a process to end after it closed its connection; printing a long traceback takes some.
_END_SECONDS = 10
_READY = b"ready"
_STATM = Path("/proc/self/statm")


class GuardedProcess:
    """Starts a module as a process on first use, and again when it has ended. A context manager.

    Args:
        module: the module to run; it starts with `connect` and `ready`.
        setup: the value that `connect` returns in the process.
    """

    def __init__(self, module: str, setup: Mapping[str, Any]) -> None:
        self._module, self._setup = module, setup
        self._process: subprocess.Popen | None = None
        self._connection: Connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _running(self) -> subprocess.Popen:
        """The process, started if necessary.

        Raises:
            RuntimeError: the process does not start, whatever the file.
        """
        if self._process is not None and self._process.poll() is not None:
            self._stop()
        return self._process or self._start()

    def _start(self) -> subprocess.Popen:
        self._connection, theirs = multiprocessing.Pipe()
        with theirs:
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", self._module, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # No threads for linear algebra: each would take memory, and none is needed.
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            )
        try:
            self._connection.send_bytes(json.dumps(self._setup).encode())
            started = self._connection.poll(_START_SECONDS) and self._connection.recv_bytes() == _READY
        except (EOFError, OSError):
            started = False
        if not started:
            self._stop()
            raise RuntimeError(f"The process {self._module} does not start; what it says is above.")
        return process

    def _ended(self) -> int:
        """The exit code of the process after it closed its connection; negative for a signal."""
        assert self._process is not None
        try:
            return self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _stop(self) -> None:
        """Kill the process."""
        if self._process is not None:
            self._connection.close()
            self._process.kill()
            self._process.wait()
            self._process = None


def connect() -> tuple[Connection, dict[str, Any]]:
    """In the child process: the connection to the supervisor (the first argument) and the setup."""
    connection = Connection(int(sys.argv[1]))
    return connection, json.loads(connection.recv_bytes())


def ready(connection: Connection, memory_mb: int) -> None:
    """Tell the supervisor that files may come; from now on the process may allocate this much more memory (Linux).

    A failed allocation becomes a MemoryError.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _STATM.exists():
        data_pages = int(_STATM.read_text().split()[5])
        limit = data_pages * os.sysconf("SC_PAGE_SIZE") + memory_mb * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    connection.send_bytes(_READY)
