"""Disks that are full or may not be written, for real: mounts that only the command that is tried can see."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

_UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")


def in_namespace(
    command: Sequence[str],
    *,
    cwd: Path,
    read_only: Sequence[Path] = (),
    small: Mapping[Path, int] | None = None,
    after: str = "true",
    timeout: float = 300.0,
) -> str:
    """Run a command that must fail, where some folders are not as they are; what it printed.

    Args:
        read_only: folders that are mounted for reading only.
        small: folders in the place of which lies an empty disk, and its size in KiB.
        after: what the shell does there afterwards; with what it prints the answer ends.
    """
    if subprocess.run([*_UNSHARE, "true"], capture_output=True).returncode != 0:
        pytest.skip("mount namespaces are not permitted here: `unshare --user --map-root-user --mount true` fails")
    lines = [
        *(
            f"mount --bind {shlex.quote(str(path))} {shlex.quote(str(path))} && "
            f"mount -o remount,ro,bind {shlex.quote(str(path))} || exit 99"
            for path in read_only
        ),
        *(
            f"mount -t tmpfs -o size={size}k none {shlex.quote(str(path))} || exit 99"
            for path, size in (small or {}).items()
        ),
        # The folder as it is now, not as it was before the mounts.
        f"cd {shlex.quote(str(cwd))} && {shlex.join(command)}",
        f"code=$?; {after}; exit $code",
    ]
    done = subprocess.run(
        [*_UNSHARE, "bash", "-c", "\n".join(lines)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )
    assert done.returncode not in (0, 99), done.stdout
    return done.stdout
