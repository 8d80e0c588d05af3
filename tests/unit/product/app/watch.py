"""Noting which addresses a process asks for."""

import sys
from pathlib import Path

_HERE = ("127.0.0.1", "localhost", "::1", "", None)


def watch(calls: Path) -> None:
    """From here on, write to `calls` whatever this process looks up or connects to that is not this machine."""

    def hook(event: str, arguments: tuple) -> None:
        if event == "socket.getaddrinfo":
            host = arguments[0]
        elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
            host = arguments[1][0]
        else:
            return
        if (host.decode() if isinstance(host, bytes) else host) not in _HERE:
            with calls.open("a") as file:
                file.write(f"{event} {host}\n")

    sys.addaudithook(hook)
