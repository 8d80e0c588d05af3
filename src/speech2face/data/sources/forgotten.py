"""The list of forgotten speakers: a line with the SHA-256 of each id. It is kept outside of the results."""

import hashlib
import re
import shlex
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from speech2face.base.files import write_text
from speech2face.base.shards import read_shard
from speech2face.data.sources.manifest import Row

_DIGEST = re.compile(r"[0-9a-f]{64}")


_COPY = re.compile(r" ?\(\d+\)(?=(\.\w{1,5})?$)")
"""What file managers add to the name of a copy: `ann (1).mp4`."""


def normal_form(speaker: str) -> str:
    """An id as it is compared: composed Unicode (NFC), without case, and without the number of a copy.

    Ids of one's own files are their names, which change so when they are copied between systems.
    """
    return _COPY.sub("", unicodedata.normalize("NFC", unicodedata.normalize("NFC", speaker).casefold()))


def digest(speaker: str) -> str:
    """The entry of a speaker in the list: a hash of the normal form, so that the list names nobody."""
    return hashlib.sha256(normal_form(speaker).encode()).hexdigest()


def is_forgotten(speaker: str, forgotten: frozenset[str]) -> bool:
    """Whether a speaker is on the list; earlier versions hashed the id as it was."""
    return not forgotten.isdisjoint((digest(speaker), hashlib.sha256(speaker.encode()).hexdigest()))


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


def speakers_of(table: Path) -> set[str]:
    """The ids in the column `speaker_id` of a shard."""
    columns = read_shard(table)
    return set(columns.column("speaker_id").to_pylist()) - {None} if "speaker_id" in columns.column_names else set()


def refuse_forgotten(tables: Iterable[Path], path: Path) -> None:
    """Check that none of these shards holds a speaker on the list, as after results of before were brought back.

    Raises:
        ValueError: one does, or cannot be read.
    """
    if forgotten := read_forgotten(path):
        for table in tables:
            if back := sorted(name for name in speakers_of(table) if is_forgotten(name, forgotten)):
                raise ValueError(
                    f"{table} holds {len(back)} of the speakers on {path}: an earlier version of it was brought back. "
                    f"Remove each as before: speech2face forget {shlex.quote(back[0])}"
                )


def without_forgotten(rows: Iterable[Row], path: Path) -> Iterator[Row]:
    """The rows of a manifest without those of speakers on the list."""
    forgotten = read_forgotten(path)
    return (row for row in rows if not forgotten or not is_forgotten(row["speaker_id"], forgotten))
