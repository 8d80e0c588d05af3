"""Listing a source: its clips, shared out over the shards of the manifest."""

import contextlib
import hashlib
import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol, cast

from speech2face.config import Section
from speech2face.shards import ShardWriter, shard_names, shard_of
from speech2face.sources.manifest import MANIFEST
from speech2face.status import Reason

Row = dict[str, Any]


class Source(Protocol):
    """What a module of this package has to offer to be a source."""

    def list_clips(self, settings: Any) -> Iterator[Row]:
        """The clips as rows of the manifest, in an order that depends on their names alone.

        A clip that is listed but cannot be given is a row with `reason` and `detail`.

        Raises:
            FileNotFoundError: what the settings name is not there.
            ValueError: it is not laid out as this source expects.
        """
        ...

    def fingerprint(self, settings: Any) -> str:
        """Something that changes when the list of clips may have; cheap, for it is taken at every start."""
        ...


def load_source(name: str) -> Source:
    """The source of that name: the module of this package called so."""
    return cast(Source, importlib.import_module(f"speech2face.sources.{name.replace('-', '_')}"))


def list_source(*, source: str, settings: Section, shards: int, folder: Path) -> None:
    """Write the manifest of a source, all shards in one pass: lists of millions are read once.

    Clips of one video, whose ids differ only after a `#`, come to one shard, in the order in which they are listed.
    """
    names = shard_names(shards)
    with contextlib.ExitStack() as stack:
        writers = [stack.enter_context(ShardWriter(folder / f"{name}.arrow", MANIFEST)) for name in names]
        for row in load_source(source).list_clips(settings):
            writers[shard_of(row["clip_id"].partition("#")[0], shards)].append(row)


def lacking(what: str) -> Row:
    """The columns of a clip that cannot be given because something is not there."""
    return {"reason": Reason.MISSING.value, "detail": f"There is no {what}."}


def fingerprint_files(paths: Iterable[Path]) -> str:
    """A hash of names, sizes and times of files."""
    digest = hashlib.sha256()
    for path in paths:
        about = path.stat()
        digest.update(f"{path}\0{about.st_size}\0{about.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:16]
