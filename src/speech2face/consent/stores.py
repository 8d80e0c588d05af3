"""Copies of a run's files that are not among its results: DVC's cache and folder remotes, and logs of the workflow."""

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path

from speech2face.base.versions import DVC, dvc_remotes
from speech2face.consent.runs import files_below
from speech2face.consent.search import files_naming

_LOGS = (Path(".snakemake", "log"), Path(".snakemake", "slurm_logs"))


def workflow_logs(home: Path) -> list[Path]:
    """The logs of Snakemake itself and of its jobs on a cluster; `home` is the folder in which it runs."""
    return [path for logs in _LOGS for path in files_below(home / logs)]


def stored(home: Path) -> list[Path]:
    """The objects in DVC's cache and in those of its remotes that are folders of this machine."""
    return [path for folder in (home / DVC / "cache", *dvc_remotes(home)[0]) for path in files_below(folder)]


def other_remotes(home: Path) -> list[str]:
    """The addresses of DVC's remotes on other machines, which cannot be searched from here."""
    return dvc_remotes(home)[1]


def stored_names(files: Iterable[Path]) -> set[str]:
    """The names under which DVC stores files: MD5, without its first two digits, which are the folder."""
    return {hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()[2:] for path in files if path.is_file()}


def delete_stored(home: Path, words: Collection[str], names: Collection[str]) -> int:
    """Delete objects that name one of the words, and those of the given names; returns how many."""
    objects = stored(home)
    found = {path for path in objects if path.name in names} | set(files_naming(objects, words))
    for path in found:
        path.chmod(0o600)
        path.unlink()
    return len(found)
