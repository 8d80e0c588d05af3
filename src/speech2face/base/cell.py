"""A cell for a process that reads strangers' bytes: from `seal` on it can compute and talk to its supervisor.

It opens no file but those of the interpreter and the libraries, and those for reading; it writes none, starts nothing
and reaches no network. What it is to read it gets as an open file (`guarded`). Not every system can do all of it.
"""

import os
import resource
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from speech2face.base import landlock, seccomp

_LOG_BYTES = 16 * 2**20
"""What the process can write to the log that it inherits as its error stream."""
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store")
_TASKS = Path("/proc/self/task")


def seal() -> list[str]:
    """Close the cell for good, after all imports and before the first byte of a stranger.

    Returns:
        What this machine lacks of it: names for the log.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LOG_BYTES, _LOG_BYTES))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    lacking = [] if seccomp.forbid_new_privileges() else ["no_new_privs"]
    # Landlock holds for the thread that asks for it, and for those that this one starts.
    alone = not _TASKS.exists() or len(list(_TASKS.iterdir())) == 1
    if not landlock.restrict(_readable()) or not alone:
        lacking.append("Landlock")
    if not seccomp.install():
        lacking.append("seccomp")
    return lacking


def _readable() -> Iterator[str]:
    """Where Python and the libraries lie, for what is imported late."""
    yield from (path for path in sys.path if os.path.isabs(path))  # noqa: PTH117 (what sys.path holds are strings)
    yield from _LIBRARIES
    yield str(Path(sys.base_prefix) / "lib")
    yield str(sysconfig.get_config_var("LIBDIR") or "")
    yield from os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
