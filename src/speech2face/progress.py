"""Progress bars and log lines, the same everywhere."""

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def progress(items: Iterable[T], *, what: str, unit: str, total: int | None = None) -> Iterator[T]:
    """`items`, with a bar on the error stream; in a log file it prints a line every ten seconds instead."""
    on_screen = sys.stderr.isatty()
    yield from tqdm(
        items,
        desc=what,
        unit=unit,
        total=total,
        mininterval=0.2 if on_screen else 10.0,
        ncols=None if on_screen else 100,
        ascii=not on_screen,
    )


def start_logging() -> logging.Logger:
    """The logger of the package, writing to the error stream."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    return logging.getLogger("speech2face")
