"""Checksums inside of files, so that a damaged file is refused before anything parses it.

Arrow, safetensors and JSON files all have room for a text that says something about the file. This one is `BLANK`, in
which `seal` replaces the zeros by the CRC-32 of all other bytes. Every change of a single bit changes a CRC-32, and so
does every burst of up to 32 bits; of other damage one in 2^32 stays unseen. It protects from disks, not from attackers.
"""

import functools
import mmap
import zlib
from pathlib import Path

_MARK = b"speech2face-crc32:"
_DIGITS = 8
BLANK = (_MARK + b"0" * _DIGITS).decode()
"""The text to write somewhere into a file."""


class Damaged(ValueError):
    """A file is not what was written; the message says which."""


def seal(path: Path) -> None:
    """Write the checksum of a file into its `BLANK`."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        at = _digits(path, data)
        data[at : at + _DIGITS] = _checksum(data, at)


def check(path: Path) -> None:
    """Compare a file with its checksum: once in a process, unless it was written anew.

    Raises:
        Damaged: it differs, or has none.
        OSError: it cannot be read.
    """
    about = path.stat()
    _check(path, about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)


@functools.cache
def _check(path: Path, device: int, inode: int, size: int, changed: int) -> None:
    if not size:
        raise Damaged(f"{path} is empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = _digits(path, data)
        if data[at : at + _DIGITS] != _checksum(data, at):
            raise Damaged(f"{path} is damaged: its bytes do not have the checksum that it was written with")


def _digits(path: Path, data: mmap.mmap) -> int:
    """Where the digits are. Arrow has them at its end, after the data; the others at their beginning."""
    at = data.rfind(_MARK) if path.suffix == ".arrow" else data.find(_MARK)
    if not 0 <= at <= len(data) - len(BLANK):
        raise Damaged(f"{path} has no checksum: it is damaged, or an earlier version of this program wrote it")
    return at + len(_MARK)


def _checksum(data: mmap.mmap, digits: int) -> bytes:
    with memoryview(data) as view, view[:digits] as before, view[digits + _DIGITS :] as after:
        return f"{zlib.crc32(after, zlib.crc32(before)):0{_DIGITS}x}".encode()
