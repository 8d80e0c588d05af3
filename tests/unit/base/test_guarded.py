"""A guarded process: it starts when needed, gets its setup, is limited in memory, and is replaced once it has ended."""

import os
import sys
from pathlib import Path

import pytest

from speech2face.base.guarded import GuardedProcess

WORKER = """
from speech2face.base.guarded import connect, limit_memory, ready

connection, setup = connect()
limit_memory(setup["memory_mb"])
ready(connection)
while True:
    command = connection.recv_bytes()
    if command == b"end":
        raise SystemExit(3)
    try:
        connection.send_bytes(b"allocated" if bytes(int(command)) else b"")
    except MemoryError:
        connection.send_bytes(b"refused")
"""


class Guarded(GuardedProcess):
    """Sends one message and returns the answer."""

    def ask(self, message: bytes) -> bytes:
        self.process = self._running()
        self._connection.send_bytes(message)
        return self._connection.recv_bytes()


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def make(text: str, **setup: int) -> Guarded:
        (tmp_path / "guarded_worker.py").write_text(text)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
        return Guarded("guarded_worker", setup)

    return make


def test_memory_is_limited_beyond_what_the_process_has(guarded) -> None:
    with guarded(WORKER, memory_mb=64) as process:
        assert process.ask(str(16 * 2**20).encode()) == b"allocated"
        assert process.ask(str(128 * 2**20).encode()) == b"refused"


def test_one_process_serves_until_it_ends_and_is_then_replaced(guarded) -> None:
    with guarded(WORKER, memory_mb=64) as process:
        assert process.ask(b"1") == process.ask(b"1") == b"allocated"
        first = process.process
        with pytest.raises(EOFError):
            process.ask(b"end")
        assert process._ended() == 3
        assert process.ask(b"1") == b"allocated"
        second = process.process
        assert second.pid != first.pid
    assert second.poll() is not None


def test_a_process_that_does_not_start_is_one_clear_error(guarded) -> None:
    with guarded("raise SystemExit(1)") as process, pytest.raises(RuntimeError, match="guarded_worker does not start"):
        process.ask(b"1")
