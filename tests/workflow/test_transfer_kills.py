"""`dvc push` and `dvc pull` killed at any moment: the same command completes them, with clocks that are wrong, too."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from speech2face.base.versions import mend_transfers

DVC = [sys.executable, "-m", "dvc"]
FILES, BYTES = 24, 2**20
DAY = 24 * 60 * 60


def dvc(folder: Path, *arguments: str) -> None:
    done = subprocess.run([*DVC, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def killed(folder: Path, *arguments: str, after: float) -> bool:
    """Start a command, and kill it and its children after so many seconds; False if it ended before."""
    process = subprocess.Popen(
        [*DVC, *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(after)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Path, Path]:
    """A repository with results that nobody has pushed, and a clone of it without results; one folder as the remote."""
    here, there = tmp_path / "here", tmp_path / "there"
    rng = np.random.default_rng(0)
    (here / "results").mkdir(parents=True)
    for number in range(FILES):
        (here / "results" / f"{number:02d}.arrow").write_bytes(rng.bytes(BYTES))
    dvc(here, "init", "--no-scm", "--quiet")
    dvc(here, "remote", "add", "--default", "store", str(tmp_path / "store"))
    dvc(here, "add", "results")
    for name in (".dvc/config", "results.dvc"):
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(here / name, there / name)
    for folder in (here, there):
        dvc(folder, "config", "--local", "core.site_cache_dir", str(folder / ".dvc" / "site"))
    return here, there


def moved(folder: Path, seconds: int) -> None:
    """As if all files had been written while the clock was wrong."""
    for path in folder.rglob("*"):
        if path.is_file():
            about = path.stat()
            os.utime(path, (about.st_atime + seconds, about.st_mtime + seconds))


def test_a_list_without_its_files_is_uploaded_again_with_them(clones, tmp_path, capsys):
    """DVC alone takes the list for the proof that the files are there, and has nothing to do."""
    here, there = clones
    dvc(here, "push")
    stored = sorted(path for path in (tmp_path / "store").rglob("*") if path.is_file() and path.suffix != ".dir")
    mend_transfers(home=here)
    assert capsys.readouterr().out == ""
    for path in stored[::2]:
        path.unlink()
    dvc(here, "push")
    assert not any(path.exists() for path in stored[::2])
    mend_transfers(home=here)
    assert "listed files that are not there" in capsys.readouterr().out
    dvc(here, "push")
    dvc(there, "pull")
    assert bytes_of(there / "results") == bytes_of(here / "results")


@pytest.mark.parametrize("clock", [0, DAY, -DAY], ids=["right", "a day ahead", "a day behind"])
def test_killed_transfers_are_completed(clones, tmp_path, soak, clock):
    here, there = clones
    expected = bytes_of(here / "results")
    draw = random.Random(clock)
    moved(here, clock)
    started = time.monotonic()
    dvc(here, "status")
    least = time.monotonic() - started
    with soak(f"kills of dvc push and pull, clock moved by {clock} s", small=2, full=20) as tally:
        hits = 0
        for number in range(tally.count):
            folder, command = ((here, "push"), (there, "pull"))[number % 2]
            hits += killed(folder, command, after=least * draw.uniform(0.4, 1.6))
            # What the dead one has left behind is moved with the clock, too.
            moved(tmp_path / "store", clock)
            tally.check(bytes_of(here / "results") == expected, f"{number}: results of {command}")
        # As `make push` and `make pull` do.
        dvc(here, "push")
        mend_transfers(home=here)
        dvc(here, "push")
        mend_transfers(home=there, cache=True)
        dvc(there, "pull")
        tally.check(bytes_of(there / "results") == expected, "pulled")
        # The remote is whole by itself, without any cache.
        shutil.rmtree(there / ".dvc" / "cache")
        shutil.rmtree(there / "results")
        dvc(there, "pull")
        tally.check(bytes_of(there / "results") == expected, "pulled anew")
    assert hits or tally.count < 20
