"""Stopping on SIGTERM without losing work."""

import signal
from types import FrameType
from typing import Any


class Interrupted(RuntimeError):
    """The command was stopped and has saved its state; run it again to continue."""


class Termination:
    """Inside the block, SIGTERM (which a scheduler sends before it kills) only sets `requested`.

    >>> with Termination() as termination:
    ...     termination.requested
    False
    """

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> "Termination":
        self._before: Any = signal.signal(signal.SIGTERM, self._request)
        return self

    def _request(self, number: int, frame: FrameType | None) -> None:
        self.requested = True

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGTERM, self._before)
