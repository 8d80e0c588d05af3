"""Being asked to stop, and stopping without loss."""

import signal
from types import FrameType
from typing import Any


class Interrupted(RuntimeError):
    """A command was asked to stop and has saved where it stands; run again, it goes on from there."""


class Termination:
    """Inside the block, SIGTERM (which a scheduler sends before it kills) raises no error but a flag.

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
