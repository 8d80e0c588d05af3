"""Locks of the folders in which the workflow runs, and cleaning up after killed runs.

Locks are those of the system (`flock`), which end with the process that holds them. Snakemake's own locks are files,
which a killed run leaves behind, so that the next run needs `--unlock`; the profiles turn them off. On a network file
system the locks hold between machines if its server supports them (NFS from version 4 on, Lustre mounted with `flock`,
CephFS, GPFS). On a file system without locks a run warns and goes on without.
"""

import contextlib
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from speech2face.base.files import explain, remove_parts

_LOCKS = Path(".snakemake") / "runs"
_DVC_LOCK = Path(".dvc") / "tmp" / "lock"
"""Held by every command of DVC that changes something, but not by DVC while a stage of its runs."""
_EVERYBODY = "everybody.lock"
"""Shared by all runs; its exclusive holder is the only one at work."""
_PROBE_BYTES = 1 << 20
_held = contextlib.ExitStack()
"""Kept open until the process ends."""


class Busy(RuntimeError):
    """Another process is at work there; the message says which, and what to do."""


def check_home(home: Path, *written: str) -> list[str]:
    """Check that Snakemake can write its records below `home`, which it needs even for a dry run.

    Args:
        written: folders that only a run needs to write.

    Returns:
        A sentence for each of those that cannot be written.

    Raises:
        RuntimeError: not even a dry run is possible.
    """
    for folder in (home, home / ".snakemake"):
        if _is_shut(folder):
            raise RuntimeError(
                f"{folder.absolute()} cannot be written, and Snakemake keeps its records there: mount it for writing, "
                "change its owner or mode, or work in a copy elsewhere."
            )
    return [
        f"{folder} cannot be written: before a job can run, mount it for writing, or change its owner or mode."
        for folder in written
        if _is_shut(home / folder)
    ]


def _is_shut(folder: Path) -> bool:
    """Whether a folder exists and cannot be written, by this user or at all."""
    return folder.exists() and not os.access(folder, os.W_OK)


def begin(home: Path, *, results: str, logs: str, writes: Sequence[str] = (), reads: Sequence[str] = ()) -> list[str]:
    """Before the first job: lock the folders of a run until this process ends, and remove partial files in them.

    Args:
        home: the folder in which Snakemake runs; the others are relative to it.
        results: the folder that the run writes, with `logs` beside it; other runs may lie below.
        writes: more folders that the run writes.
        reads: results of other runs that this one reads; no other run may write them meanwhile.

    Returns:
        Messages for the user, a line each.

    Raises:
        Busy: another run writes, or reads, one of them.
        RuntimeError: a folder cannot be written, or its disk is full.
    """
    try:
        taken = _held.enter_context(_lock(home / _LOCKS / _EVERYBODY, "this folder", shared=True))
        if (home / ".dvc").is_dir():
            # Or `dvc checkout` would replace files under the jobs.
            _held.enter_context(_lock(home / _DVC_LOCK, "DVC", shared=True))
        for own in (results, *writes):
            _held.enter_context(_lock(_lock_of(home, own), own, shared=False))
        for other in reads:
            _held.enter_context(_lock(_lock_of(home, other), other, shared=True))
        for folder in (".snakemake", results, logs, *writes):
            _check_writable(home / folder)
    except OSError as error:
        raise RuntimeError(explain(error)) from error
    if not taken:
        return [
            f"{home.absolute()} lies on a file system without locks: see to it that one run at a time works here, and "
            "remove yourself what killed ones leave (folders .*.part)."
        ]
    inside = [other.relative_to(results) for other in _known(home) if Path(results) in other.parents]
    of_others = {home / folder / name for folder in (results, logs) for name in inside}
    left = [
        *remove_parts(home / results, of_others.__contains__),
        *remove_parts(home / logs, of_others.__contains__),
        *(part for folder in writes for part in remove_parts(home / folder)),
    ]
    return [f"Removed {part}: a process that was killed left it." for part in left]


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Inside the block no run is at work in `home`, and none can start.

    Raises:
        Busy: a run is at work.
    """
    with _lock(home / _LOCKS / _EVERYBODY, str(home), shared=False):
        yield


def is_home(folder: Path) -> bool:
    """Whether a run has ever started in this folder."""
    return (folder / _LOCKS).is_dir()


def _lock_of(home: Path, results: str) -> Path:
    return home / _LOCKS / f"{quote(os.path.normpath(results), safe='')}.lock"


def _known(home: Path) -> list[Path]:
    """The results folders of all runs that have ever started here."""
    return [Path(unquote(path.stem)) for path in (home / _LOCKS).glob("*.lock") if path.name != _EVERYBODY]


@contextlib.contextmanager
def _lock(path: Path, what: str, *, shared: bool) -> Iterator[bool]:
    """Hold a lock inside the block; yields whether the file system has locks.

    Raises:
        Busy: another process holds it.
        OSError: the lock file cannot be created.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not inherited: a job that outlives its run holds no lock.
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            known = True
        except BlockingIOError:
            last = os.read(file, 300).decode(errors="replace")
            raise Busy(
                f"Somebody else is at work in {what} (the last to begin there: {last or 'nobody knows'}). "
                "Wait for the end of that, or end it, and run the same command again."
            ) from None
        except OSError:
            known = False
        if not shared:
            os.ftruncate(file, 0)
            os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
        yield known
    finally:
        os.close(file)


def _check_writable(folder: Path) -> None:
    """Write some bytes to an unnamed temporary file, to see whether the disk has room.

    Raises:
        OSError: writing failed; the error names the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        error.filename = str(folder)
        raise
