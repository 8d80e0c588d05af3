"""Folders of a git repository at one commit, fetched in parts, so that an interruption loses little.

Git names every file by the hash of its content, so that a commit determines every byte.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from speech2face.base.files import write_json
from speech2face.base.progress import progress
from speech2face.config import Samples
from speech2face.data.sources.samples import FACES, PICTURES, VOICES

_AT_ONCE = 100
"""Files of one request; those of a request that is interrupted are fetched again."""
# Only these transports; nothing of the user's own settings, no hooks, no links, no conversion of line ends.
_SETTINGS = ("core.hooksPath=/dev/null", "core.symlinks=false", "core.autocrlf=false", "protocol.allow=never")
_TRANSPORTS = ("https", "http", "git", "file")


class CheckoutError(RuntimeError):
    """Files that could not be fetched; the message says which and why."""


def fetch_samples(*, settings: Samples, output: Path) -> None:
    """Fetch the folders of the samples that are needed, and list them.

    Args:
        settings: config section `samples`.
        output: list of the fetched folders to write (JSON).

    Raises:
        CheckoutError: the repository does not answer, or lacks the commit or a folder.
    """
    folders = [f"{part}/{name}" for part in settings.parts for name in (VOICES, FACES, *PICTURES.values())]
    count = fetch_folders(settings.repository, settings.commit, folders, Path(settings.fetched))
    write_json(output, {"repository": settings.repository, "commit": settings.commit, "files": count})


def fetch_folders(repository: str, commit: str, folders: Sequence[str], target: Path) -> int:
    """Check out `folders` of a commit into `target`, and nothing else; files that are there and whole are kept.

    Args:
        commit: 40 hexadecimal digits.

    Returns:
        The number of files.

    Raises:
        CheckoutError: as `fetch_samples`.
    """
    target.mkdir(parents=True, exist_ok=True)
    _git(target, "init", "--quiet")
    # A killed git leaves its lock; nobody else works in this folder.
    (target / ".git" / "index.lock").unlink(missing_ok=True)
    _git(target, "config", "remote.origin.url", repository)
    # Files are fetched when they are checked out.
    _git(target, "config", "remote.origin.promisor", "true")
    _git(target, "config", "remote.origin.partialclonefilter", "blob:none")
    if _git(target, "cat-file", "-e", f"{commit}^{{tree}}", check=False) is None:
        _git(target, "fetch", "--quiet", "--depth", "1", "--filter=blob:none", "--no-tags", "origin", commit)
    names = _names(target, commit, folders)
    for folder in folders:
        if not any(name.startswith(f"{folder}/") for name in names):
            raise CheckoutError(f"{repository} has no folder {folder} at commit {commit}.")
    missing = _differing(target, commit, folders)
    parts = [missing[at : at + _AT_ONCE] for at in range(0, len(missing), _AT_ONCE)]
    for part in progress(parts, what=f"files of {repository}, {_AT_ONCE} at a time", unit="part"):
        _git(target, "checkout", "--quiet", commit, "--pathspec-from-file=-", "--pathspec-file-nul", words=part)
    if wrong := _differing(target, commit, folders):
        raise CheckoutError(f"{target / wrong[0]} is not what commit {commit} has; delete it and run again.")
    return len(names)


def _names(target: Path, commit: str, folders: Sequence[str]) -> list[str]:
    return _listed(_git(target, "ls-tree", "-r", "-z", "--name-only", commit, "--", *folders))


def _differing(target: Path, commit: str, folders: Sequence[str]) -> list[str]:
    """Files that are missing or, by their hash, others than the commit's."""
    # Names alone: contents would be fetched to compare them.
    _git(target, "update-index", "-q", "--refresh", check=False)
    return _listed(_git(target, "diff-index", "-z", "--name-only", "--no-renames", commit, "--", *folders))


def _listed(text: str | None) -> list[str]:
    return [name for name in (text or "").split("\0") if name]


def _git(folder: Path, *arguments: str, check: bool = True, words: Sequence[str] = ()) -> str | None:
    """What git prints; None if it fails and `check` is false.

    Args:
        words: names of files for its standard input.
    """
    settings = [*_SETTINGS, *(f"protocol.{name}.allow=always" for name in _TRANSPORTS)]
    own = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *(word for setting in settings for word in ("-c", setting)), "-C", str(folder), *arguments],
            input="\0".join(words).encode(),
            capture_output=True,
            env=os.environ | own,
        )
    except FileNotFoundError as error:
        raise CheckoutError("git is needed to fetch the samples, and is not installed.") from error
    if done.returncode == 0:
        return done.stdout.decode(errors="surrogateescape")
    if not check:
        return None
    last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
    raise CheckoutError(f"git {arguments[0]} failed in {folder} ({last}); run the same command again to go on.")
