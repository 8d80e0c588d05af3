"""The descendants of a process, whose memory the benchmarks measure (Linux)."""

from pathlib import Path


def process_tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    return [pid, *(descendant for child in _children(pid) for descendant in process_tree(child))]


def _children(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in path.read_text().split()]
        except OSError:
            # The process has ended.
            continue
    return found
