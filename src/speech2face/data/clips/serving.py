"""The loop of a child process that reads untrusted files one at a time, in a cell and within limits."""

import faulthandler
import signal
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from speech2face.base.cell import seal
from speech2face.base.guarded import connect, limit_memory, ready
from speech2face.config import Clips, parse

# Exit code after a file exceeded the memory limit; ending the process frees its memory.
OUT_OF_MEMORY = 3
# Time after the limit when the process ends by itself, because its supervisor must be gone.
_GRACE_SECONDS = 1.0


def serve(read: Callable[[Connection, Clips], Iterator[bytes]]) -> None:
    """Serve the connection whose file descriptor is the first argument, until it is closed.

    Args:
        read: receives a request from the connection and yields the messages of the response.
    """
    # A keyboard interrupt reaches this process, too, but is for its parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    connection, setup = connect()
    with connection:
        settings = parse(Clips, setup, "settings")
        limit_memory(settings.memory_mb)
        ready(connection, seal())
        while True:
            try:
                # Waiting for the next file has no time limit; reading it has one.
                connection.poll(None)
                signal.setitimer(signal.ITIMER_REAL, settings.timeout_seconds + _GRACE_SECONDS)
                for message in read(connection, settings):
                    connection.send_bytes(message)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except EOFError:
                return
            except MemoryError:
                sys.exit(OUT_OF_MEMORY)
