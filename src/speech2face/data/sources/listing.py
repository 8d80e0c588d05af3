"""Listing a source: its clips, distributed over the shards of the manifest."""

import contextlib
import hashlib
import importlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

from speech2face.base.shards import ShardWriter, shard_names, shard_of
from speech2face.base.status import Reason
from speech2face.config import Config, Section, parse
from speech2face.data.sources.forgotten import without_forgotten
from speech2face.data.sources.manifest import MANIFEST, Row

_OPEN_AT_ONCE = 500
"""Shards written in one pass over the source; the usual limit is 1,024 open files per process."""


class Source(Protocol):
    """The interface of a source, a module of this package."""

    def list_clips(self, settings: Any) -> Iterator[Row]:
        """The clips as rows of the manifest, in an order that depends on their names alone.

        A clip that is listed but cannot be given is a row with `reason` and `detail`.

        Raises:
            FileNotFoundError: a file or folder in the settings does not exist.
            ValueError: the data do not have the layout that this source expects.
        """
        ...

    def fingerprint(self, settings: Any) -> str:
        """A value that changes when the list of clips may have changed; it is computed at every start, so cheap."""
        ...


def load_source(name: str) -> Source:
    """The source of a name: the module of this package with this name."""
    return cast(Source, importlib.import_module(f"speech2face.data.sources.{name.replace('-', '_')}"))


def list_source(*, source: str, settings: Mapping[str, Any], shards: int, forgotten: Path, folder: Path) -> None:
    """Write the manifest of a source, many shards in one pass: lists of millions are read once, or a few times.

    Clips of one video, whose ids differ only after a `#`, go to one shard, in the order of the list.
    Speakers on the list `forgotten` are left out.

    Args:
        source: name of the source, as config field `source` has it.
        settings: the config section of that name.
        shards: number of shards.
        forgotten: list of the speakers who are left out.
        folder: where to write the manifests, one a shard.

    Raises:
        ConfigError: the settings are not those of the source.
        ValueError: a file has a name that is not UTF-8; or what `list_clips` of the source raises.
    """
    model = cast(type[Section], Config.model_fields[source.replace("-", "_")].annotation)
    section = parse(model, settings, "--settings")
    names = list(enumerate(shard_names(shards)))
    for first in range(0, shards, _OPEN_AT_ONCE):
        with contextlib.ExitStack() as stack:
            writers = {
                number: stack.enter_context(ShardWriter(folder / f"{name}.arrow", MANIFEST))
                for number, name in names[first : first + _OPEN_AT_ONCE]
            }
            try:
                for row in without_forgotten(load_source(source).list_clips(section), forgotten):
                    writer = writers.get(shard_of(row["clip_id"].partition("#")[0], shards))
                    if writer is not None:
                        writer.append(row)
            except UnicodeEncodeError as error:
                raise ValueError(f"{error.object!a} is not a name in UTF-8; rename that file or folder.") from None


def part_of(video: str, start_s: float | None) -> str:
    """The id of a clip of a video with several clips: the video's name and the start of the clip."""
    return video if start_s is None else f"{video}#{start_s:.10g}"


def lacking(what: str) -> Row:
    """The columns of a clip whose file is missing."""
    return {"reason": Reason.MISSING.value, "detail": f"There is no {what}."}


def files_by_name(folder: Path, endings: Collection[str]) -> dict[str, Path]:
    """The files in and below a folder that have one of the endings, in the order of their names.

    A name is the path below the folder without the ending. Names that start with a dot are left out.

    Raises:
        ValueError: two files differ in their endings alone.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in below.parts)
        if path.suffix.lower() in endings and not hidden and path.is_file():
            name = below.with_suffix("").as_posix()
            if name in found:
                raise ValueError(f"{found[name]} and {path} differ in their endings alone; leave one of them.")
            found[name] = path
    return found


def fingerprint_files(paths: Iterable[Path]) -> str:
    """A hash of names, sizes and times of files or folders; it also changes when a missing one appears."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path}\0".encode(errors="surrogateescape"))
        with contextlib.suppress(FileNotFoundError):
            about = path.stat()
            digest.update(f"{about.st_size}\0{about.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:16]
