"""The loop of a process that reads files from strangers: one at a time, within limits, with little to lose."""

import faulthandler
import signal
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from speech2face.base.guarded import connect, ready
from speech2face.config import Clips, parse

# How such a process ends when a file takes more memory than it may: what it holds then is best given up with it.
OUT_OF_MEMORY = 3
# How long after it should have been killed the process ends by itself, since who should have done so is gone.
_GRACE_SECONDS = 1.0


def serve(read: Callable[[Connection, Clips], Iterator[bytes]]) -> None:
    """Serve the connection whose file descriptor is the first argument, until it is closed.

    Args:
        read: receives what is asked for, and gives the messages that answer it.
    """
    # An interrupt from the keyboard reaches this process too; it is for the one that started it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    connection, setup = connect()
    with connection:
        settings = parse(Clips, setup, "settings")
        ready(connection, settings.memory_mb)
        while True:
            try:
                # Waits for the next file without a limit, which is for reading it.
                connection.poll(None)
                signal.setitimer(signal.ITIMER_REAL, settings.timeout_seconds + _GRACE_SECONDS)
                for message in read(connection, settings):
                    connection.send_bytes(message)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except EOFError:
                return
            except MemoryError:
                sys.exit(OUT_OF_MEMORY)
