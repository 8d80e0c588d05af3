"""Progress bars and log lines, the same everywhere."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import TextIO, TypeVar

from tqdm import tqdm

T = TypeVar("T")


class _Lines:
    """A stream that turns redrawn progress bars into separate lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        line = text.strip("\r\n")
        if line:
            self._stream.write(line + "\n")

    def flush(self) -> None:
        self._stream.flush()


def progress(
    items: Iterable[T], *, what: str, unit: str, total: int | None = None, size: Callable[[T], int] = lambda item: 1
) -> Iterator[T]:
    """Iterate over `items` with a progress bar on stderr; in a log file or beside other jobs, a line every ten seconds.

    Args:
        total: units of all items together, where the length of `items` is not this number.
        size: units of an item.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    if sys.stderr.isatty():
        bar = tqdm(desc=what, unit=unit, total=total, mininterval=0.2)
    else:
        lines = _Lines(sys.stderr)
        bar = tqdm(desc=what, unit=unit, total=total, mininterval=10.0, ncols=90, ascii=True, file=lines)
    with bar:
        for item in items:
            yield item
            bar.update(size(item))


def start_logging() -> logging.Logger:
    """The logger of the package, writing to the error stream."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    return logging.getLogger("speech2face")
