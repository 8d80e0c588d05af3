"""The list of forgotten speakers: a line with the SHA-256 of each id. It is kept outside of the results."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from speech2face.base.files import write_text
from speech2face.data.sources.manifest import Row

_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest(speaker: str) -> str:
    """The entry of a speaker in the list: a hash, so that the list names nobody."""
    return hashlib.sha256(speaker.encode()).hexdigest()


def read_forgotten(path: Path) -> frozenset[str]:
    """The digests in the list; empty if there is no list yet.

    Raises:
        ValueError: a line is not a digest. Ignoring it could bring back a forgotten speaker.
    """
    if not path.exists():
        return frozenset()
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if not _DIGEST.fullmatch(line):
            raise ValueError(f"{path}, line {number} is not the SHA-256 of a speaker; put the list back as it was.")
    return frozenset(lines)


def add_forgotten(path: Path, speaker: str) -> None:
    """Add a speaker to the list, atomically; the list is sorted, so that its order reveals nothing."""
    write_text(path, "".join(f"{line}\n" for line in sorted(read_forgotten(path) | {digest(speaker)})))


def without_forgotten(rows: Iterable[Row], path: Path) -> Iterator[Row]:
    """The rows of a manifest without those of speakers on the list."""
    forgotten = read_forgotten(path)
    return (row for row in rows if not forgotten or digest(row["speaker_id"]) not in forgotten)
