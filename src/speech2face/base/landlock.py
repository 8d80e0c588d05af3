"""Taking away a process's own access to files and to the network by Landlock (Linux 5.13 and later)."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""System calls, the same on all architectures."""
_VERSION, _PATH_BENEATH = 1, 1
_READ = (1 << 2) | (1 << 3)
"""Read files, and list folders."""
_READ_FILE = 1 << 2
# By version: the rights over files that the kernel knows of (reading, writing, making, ... , ioctl on devices).
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
_TCP_FROM, _TCP = 4, 0b11
_SCOPES_FROM, _SCOPES = 6, 0b11
"""Sockets without a file, and signals, of processes outside."""


def version() -> int:
    """Of the kernel's Landlock; 0 where there is none or it is switched off."""
    return max(0, _call(_CREATE_RULESET, None, 0, _VERSION)) if sys.platform == "linux" else 0


def restrict(readable: Iterable[str]) -> bool:
    """Let this thread open nothing but files under the paths `readable`, for reading; no TCP either.

    Files that are open stay open. It needs `seccomp.forbid_new_privileges` before.

    Returns:
        Whether the kernel can do it.
    """
    known = version()
    if known == 0:
        return False
    rights = (1 << next(count for since, count in sorted(_FILE_RIGHTS.items(), reverse=True) if known >= since)) - 1
    handled = struct.pack("QQQ", rights, _TCP if known >= _TCP_FROM else 0, _SCOPES if known >= _SCOPES_FROM else 0)
    # Older kernels know fewer fields, and those that they do not know are zero.
    ruleset = _call(_CREATE_RULESET, handled, len(handled), 0)
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _allow(ruleset, path)
        return _call(_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str) -> None:
    """Reading under `path`, should it exist."""
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READ if os.path.isdir(path) else _READ_FILE  # noqa: PTH112 (what sys.path holds are strings)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, opened), 0)
    finally:
        os.close(opened)


def _call(number: int, *arguments: int | bytes | None) -> int:
    return ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *arguments)
