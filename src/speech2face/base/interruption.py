"""Being asked to stop, and stopping without loss."""

import signal
from types import FrameType
from typing import Any


class Interrupted(RuntimeError):
    """A command was asked to stop and has saved where it stands; run again, it goes on from there."""


class Termination:
    """Inside the block, SIGTERM (which a scheduler sends before it kills) raises no error but a flag.

    >>> with Termination() as termination:
    ...     termination.asked
    False
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> "Termination":
        self._before: Any = signal.signal(signal.SIGTERM, self._ask)
        return self

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGTERM, self._before)
