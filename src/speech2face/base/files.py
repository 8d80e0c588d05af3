"""Atomic writing: a file appears under its name only when it is complete."""

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from speech2face.base.checksums import BLANK, check, seal

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}
_PART = re.compile(r"\..+\.\d+\.part")


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; when the block succeeds, rename it to `target` in one step.

    The data is on the disk before the name appears (fsync of the file, rename, fsync of the folder), so that
    neither a crash nor a power cut leaves half a file under its final name. When the block fails, the
    temporary file is removed and `target` stays as it was.

    The temporary file has a folder of its own beside `target` (`part_folder`), because libraries may write further
    files beside theirs. A killed process leaves this folder; the next run of the workflow removes it.

    Raises:
        OSError: the disk is full or cannot be written; the error names `target`.
    """
    target = Path(target)
    folder = part_folder(target, os.getpid())
    with naming(target, folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / target.name
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(target)
            opened = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def naming(target: Path, folder: Path | None = None) -> Iterator[None]:
    """Make disk errors in the block name `target` if they name no file, or one in `folder`."""
    try:
        yield
    except OSError as error:
        known = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
        if is_of_disk(error) and (known is None or folder in (known, *known.parents)):
            error.filename = str(target)
        raise


def part_folder(target: Path, process: int | str) -> Path:
    """The folder of temporary files for `target` of a process (its id); `*` gives a pattern for all processes."""
    return target.with_name(f".{target.name}.{process}.part")


def is_part(name: str) -> bool:
    """Whether this is the name of a folder of temporary files (`part_folder`)."""
    return _PART.fullmatch(name) is not None


def remove_parts(folder: Path, but: Callable[[Path], bool] = lambda folder: False) -> list[Path]:
    """Remove the temporary files that killed processes left below `folder`, and return the removed folders.

    Call it only while no process writes there: it removes the files of living processes, too.

    Args:
        but: whether to skip a folder and everything below it.
    """
    found = []
    for home, names, _ in os.walk(folder):
        parts = sorted(Path(home) / name for name in names if is_part(name))
        for part in parts:
            shutil.rmtree(part)
        found += parts
        names[:] = [name for name in names if not is_part(name) and not but(Path(home) / name)]
    return found


def write_text(target: Path, text: str) -> None:
    """Write `text` (UTF-8) to `target` atomically."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(target: Path, value: object) -> None:
    """Write `value` as indented JSON with sorted keys, so that equal values give equal bytes."""
    write_text(target, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def write_sealed(target: Path, value: Mapping[str, Any]) -> None:
    """Write `value` like `write_json`, with a checksum under the key `checksum`."""
    text = json.dumps({**value, "checksum": BLANK}, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with atomic_path(target) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
        seal(temporary)


def read_sealed(path: Path) -> dict[str, Any]:
    """What `write_sealed` wrote.

    Raises:
        ValueError: the file is damaged, or has no checksum.
        OSError: it cannot be read.
    """
    check(path)
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    del value["checksum"]
    return value


def write_tensors(
    target: Path, tensors: Mapping[str, Any], save: Callable[..., None], metadata: Mapping[str, str] | None = None
) -> None:
    """Write `tensors` to `target` atomically, with a checksum (see `weights.load_tensors`).

    Args:
        save: `save_file` of safetensors for this kind of tensors. It makes files that only their owner can read, and
            wraps errors of the system in text; here files get the usual mode and errors are OSErrors.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    # As one text: safetensors writes several in a random order.
    about = json.dumps({**(metadata or {}), "checksum": BLANK}, sort_keys=True)
    with atomic_path(target) as temporary:
        temporary.touch()
        mode = temporary.stat().st_mode
        try:
            save(dict(tensors), str(temporary), {"about": about})
        except Exception as error:  # safetensors has no error class for this
            number = re.search(r"\(os error (\d+)\)", str(error))
            if number is None:
                raise
            raise OSError(int(number[1]), os.strerror(int(number[1]))) from error
        temporary.chmod(mode)
        seal(temporary)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lineage(files: Iterable[Path]) -> list[str]:
    """What a description says under `made_from`: the SHA-256 of each file that its model was made from, sorted."""
    return sorted({file_sha256(path) for path in files})


def is_of_disk(error: BaseException) -> TypeGuard[OSError]:
    """Whether the error means that a disk is full or not writable, for this user or at all."""
    return isinstance(error, OSError) and error.errno in _FULL | _REFUSED


def explain(error: OSError) -> str:
    """Explain an OSError to the user, and how to solve it."""
    where = f"{error.filename}" if error.filename is not None else "a file"
    mended = "then run the same command again: what was finished is kept, and no partial file is left."
    if error.errno == errno.EFBIG:
        return f"{where} would be larger than a file may be here. Raise the limit (`ulimit -f`), {mended}"
    if error.errno == errno.EDQUOT:
        return f"There is no room for {where}: your quota is used up. Delete something, or ask for more, {mended}"
    if error.errno == errno.ENOSPC:
        return f"There is no room for {where}: the disk is full. Make room, {mended}"
    if error.errno == errno.EROFS:
        return (
            f"{where} cannot be written: it lies on a file system that is mounted for reading only. "
            f"Mount it for writing, or work in a copy elsewhere, {mended}"
        )
    if error.errno in _REFUSED and error.filename is not None:
        return f"{where} is not yours to read or write ({error.strerror}). Change its owner or mode, {mended}"
    return str(error)
