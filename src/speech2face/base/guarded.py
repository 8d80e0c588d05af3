"""A child process for untrusted files, which may crash, hang or exhaust its memory, and its supervisor.

The two exchange bytes, JSON and open files: nothing from a file is ever unpickled.
"""

import functools
import json
import logging
import multiprocessing
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

# Time for Python to start and import on a busy machine.
_START_SECONDS = 300
# Time for a process to end after it closed its connection; printing a long traceback takes some.
_END_SECONDS = 10
_LONGEST_READY = 1000
"""Bytes of the list of what a cell lacks."""
# What the interpreter needs to start; the rest may hold keys and names of accounts.
_NEEDED = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
# No threads: each would take memory, and Landlock holds for one alone. The first is for linear algebra, the second
# for pyarrow.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
_STATM = Path("/proc/self/statm")


class GuardedProcess:
    """Starts a module as a process on first use, and again when it has ended. A context manager.

    Args:
        module: the module to run; it starts with `connect` and `ready`.
        setup: the value that `connect` returns in the process.
        environment: its variables; without it, only what the interpreter needs to start.
    """

    def __init__(self, module: str, setup: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> None:
        self._module, self._setup = module, setup
        self._environment = environment
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
        environment = self._environment
        if environment is None:
            environment = {name: os.environ[name] for name in _NEEDED if name in os.environ}
        with theirs:
            self._process = process = subprocess.Popen(
                # -P: modules come from where they are installed, not from the folder that happens to be current.
                [sys.executable, "-P", "-m", self._module, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**environment, **_ONE_THREAD},
            )
        try:
            self._connection.send_bytes(json.dumps(self._setup).encode())
            if not self._connection.poll(_START_SECONDS):
                raise EOFError
            lacking = json.loads(self._connection.recv_bytes(_LONGEST_READY))
        except (EOFError, OSError):
            self._stop()
            raise RuntimeError(f"The process {self._module} does not start; what it says is above.") from None
        if lacking:
            _tell(", ".join(lacking))
        return process

    def _send_file(self, file: BinaryIO) -> None:
        """Give the process an open file, as `receive_file` takes it."""
        assert self._process is not None
        send_handle(self._connection, file.fileno(), self._process.pid)

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


@functools.cache
def _tell(lacking: str) -> None:
    """Say what the cells of this machine lack, once."""
    logging.getLogger(__name__).warning(
        "Files are read by a process that is less confined than it could be: this machine lacks %s (docs/security.md).",
        lacking,
    )


def connect() -> tuple[Connection, dict[str, Any]]:
    """In the child process: the connection to the supervisor (the first argument) and the setup."""
    connection = Connection(int(sys.argv[1]))
    return connection, json.loads(connection.recv_bytes())


def receive_file(connection: Connection) -> BinaryIO:
    """In the child process: the file that the supervisor gives it, open for reading from its start."""
    file = os.fdopen(recv_handle(connection), "rb")
    file.seek(0)
    return file


def limit_memory(memory_mb: int) -> None:
    """In the child process: from now on it may allocate this much more memory (Linux), and dumps none of it.

    A failed allocation becomes a MemoryError.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _STATM.exists():
        data_pages = int(_STATM.read_text().split()[5])
        limit = data_pages * os.sysconf("SC_PAGE_SIZE") + memory_mb * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def ready(connection: Connection, lacking: Sequence[str] = ()) -> None:
    """In the child process: tell the supervisor that files may come.

    Args:
        lacking: what this machine lacks of a cell (`cell.seal`).
    """
    connection.send_bytes(json.dumps(list(lacking)).encode())
