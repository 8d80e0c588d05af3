"""The processes below one, as the benchmarks watch them (Linux)."""

from pathlib import Path


def family(number: int) -> list[int]:
    """A process and all that it has started, directly or not."""
    return [number, *(below for child in _children(number) for below in family(child))]


def _children(number: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            found += [int(child) for child in path.read_text().split()]
        except OSError:
            # It has ended since.
            continue
    return found
