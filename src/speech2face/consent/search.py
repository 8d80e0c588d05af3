"""Search for the ids of a speaker in Arrow files, archives and any other files."""

import csv
import json
import mmap
import tarfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from speech2face.base.files import is_part
from speech2face.base.shards import read_shard
from speech2face.consent.rewrite import CLIP, SPEAKER

_TELLING = 5
"""Least number of letters for a word that is unlikely to be in a file by chance."""


def telling(words: Iterable[str]) -> list[str]:
    """The words that can be searched in any text: those of five letters and more that are not a number."""
    return sorted(word for word in words if len(word) >= _TELLING and not word.isdecimal())


def files_naming(paths: Iterable[Path], words: Collection[str]) -> list[Path]:
    """The files with one of the words: as a clip or speaker of a row or, if distinctive, as a word anywhere."""
    exact, anywhere = frozenset(words), [_Word(word) for word in telling(words)]
    return [path for path in paths if path.is_file() and _names(path, exact, anywhere)]


class _Word:
    """The byte strings that may encode a word in a file; in JSON, letters may be escaped."""

    def __init__(self, word: str) -> None:
        self._forms = {word.encode(), json.dumps(word)[1:-1].encode()}

    def stands_in(self, data: bytes | mmap.mmap) -> bool:
        return any(self._stands(form, data) for form in self._forms)

    @staticmethod
    def _stands(form: bytes, data: bytes | mmap.mmap) -> bool:
        at = data.find(form)
        while at >= 0:
            around = data[max(at - 1, 0) : at] + data[at + len(form) : at + len(form) + 1]
            # Letters beyond ASCII are bytes from 128 on.
            if not any(chr(byte).isalnum() or byte == ord("_") or byte > 127 for byte in around):
                return True
            at = data.find(form, at + 1)
        return False


def _names(path: Path, exact: frozenset[str], anywhere: list[_Word]) -> bool:
    # A partial file has no readable format.
    whole = not is_part(path.parent.name)
    if whole and any(not exact.isdisjoint(ids) for ids in _ids(path)):
        return True
    if whole and path.suffix in _TEXTS:
        return any(word.stands_in(text) for text in _TEXTS[path.suffix](path) for word in anywhere)
    # An empty file cannot be mapped.
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return any(word.stands_in(data) for word in anywhere)


def _ids(path: Path) -> Iterator[Collection[str]]:
    """The clips and speakers of a shard or a table, in batches."""
    if path.suffix == ".arrow":
        table = read_shard(path)
        yield from (table.column(name).to_pylist() for name in (CLIP, SPEAKER) if name in table.column_names)
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            yield from ((line.get(CLIP) or "", line.get(SPEAKER) or "") for line in csv.DictReader(file))


def _of_shard(path: Path) -> Iterator[bytes]:
    table = read_shard(path)
    for field in table.schema:
        if pa.types.is_string(field.type) and field.name not in (CLIP, SPEAKER):
            cells = pc.drop_null(pc.unique(table.column(field.name)))
            yield "\n".join(cells.to_pylist()).encode()


def _of_archive(path: Path) -> Iterator[bytes]:
    with tarfile.open(path) as archive:
        yield "\n".join(archive.getnames()).encode()


_TEXTS = {".arrow": _of_shard, ".tar": _of_archive}
"""The text in a file."""
