"""The folder in which the workflow runs: whose it is while a run lives, and what a dead run left in it.

Who works where is told by locks of the system (`flock`), which end with the process that holds them, however it ends.
Snakemake's own are files, which a killed run leaves behind, so that the next one starts only after `--unlock`; the
profiles turn them off. On a network file system the locks hold between machines where its server keeps them (NFS from
version 4 on, Lustre mounted with `flock`, CephFS, GPFS). Where it knows no locks there are none, and a run says so.
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
_EVERYBODY = "everybody.lock"
"""Shared by all runs; whoever has it alone is the only one at work."""
_PROBE_BYTES = 1 << 20
_held = contextlib.ExitStack()
"""Open to the end of the process."""


class Busy(RuntimeError):
    """Somebody else is at work there; the message says who and what to do."""


def check_home(home: Path, *written: str) -> list[str]:
    """See whether Snakemake can keep its records below `home`, which it needs even for a plan.

    Args:
        written: folders that only a run needs to write.

    Returns:
        A sentence for each of those that it could not.

    Raises:
        RuntimeError: there can be no plan.
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
    """Whether a folder is there and may not be written, for this user or at all."""
    return folder.exists() and not os.access(folder, os.W_OK)


def begin(home: Path, *, results: str, logs: str, writes: Sequence[str] = (), reads: Sequence[str] = ()) -> list[str]:
    """Before the first job: take the folders of a run for this process alone, until it ends, and clean them.

    Args:
        home: the folder in which Snakemake runs; the others are relative to it.
        results: what the run writes, and `logs` beside it; other runs may lie below.
        writes: more folders that the run writes.
        reads: results of other runs that this one reads, which nobody may write meanwhile.

    Returns:
        What the user may want to know, a line each.

    Raises:
        Busy: another run writes, or reads, one of them.
        RuntimeError: a folder cannot be written, or its disk is full.
    """
    try:
        taken = _held.enter_context(_lock(home / _LOCKS / _EVERYBODY, "this folder", shared=True))
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
    """Inside the block no run is at work in `home`, nor can one begin.

    Raises:
        Busy: one is at work.
    """
    with _lock(home / _LOCKS / _EVERYBODY, str(home), shared=False):
        yield


def is_home(folder: Path) -> bool:
    """Whether a run has ever begun in this folder."""
    return (folder / _LOCKS).is_dir()


def _lock_of(home: Path, results: str) -> Path:
    return home / _LOCKS / f"{quote(os.path.normpath(results), safe='')}.lock"


def _known(home: Path) -> list[Path]:
    """The results of every run that has ever begun here."""
    return [Path(unquote(path.stem)) for path in (home / _LOCKS).glob("*.lock") if path.name != _EVERYBODY]


@contextlib.contextmanager
def _lock(path: Path, what: str, *, shared: bool) -> Iterator[bool]:
    """Hold a lock inside the block; whether the file system has locks.

    Raises:
        Busy: somebody else holds it.
        OSError: the file of the lock cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not inherited: a job that outlives its run keeps nobody out.
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
    """Write something to a file without a name, which is gone with the process.

    Raises:
        OSError: that cannot be; it names the folder.
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
