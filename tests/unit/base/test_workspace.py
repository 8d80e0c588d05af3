"""Whose a folder is: one run at a time, no lock of a dead one, nothing left of what it was writing."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from speech2face.base.files import part_folder
from speech2face.base.workspace import Busy, alone, begin, check_home
from tests.conftest import ROOT
from tests.disks import in_namespace


@contextmanager
def living_run(home: Path, **folders: object) -> Iterator[subprocess.Popen]:
    """A run in a process of its own, which has begun and goes on until it is killed."""
    told = {"results": "results", "logs": "logs"} | folders
    code = f"import pathlib, time, speech2face.base.workspace as w; w.begin(pathlib.Path({str(home)!r}), **{told!r})"
    command = [sys.executable, "-c", f"{code}; print('begun', flush=True); time.sleep(600)"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            yield process
        finally:
            process.kill()


def half_written(target: Path, name: str = "") -> Path:
    """What a process leaves that is killed while it writes `target`."""
    part = part_folder(target, 4711)
    part.mkdir(parents=True)
    (part / (name or target.name)).write_bytes(b"half")
    return part


def test_two_runs_of_one_folder_are_refused_and_a_killed_one_keeps_nobody_out(tmp_path):
    with living_run(tmp_path) as first:
        with pytest.raises(Busy, match=rf"at work in results \(the last to begin there: process {first.pid} on "):
            begin(tmp_path, results="results", logs="logs")
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert begin(tmp_path, results="results", logs="logs") == []


def test_runs_of_different_folders_work_side_by_side(tmp_path):
    with living_run(tmp_path, results="results/null", logs="logs/null"):
        assert begin(tmp_path, results="results", logs="logs") == []


def test_what_another_run_reads_is_not_written_meanwhile(tmp_path):
    reader = {"results": "results/folder", "logs": "logs/folder", "reads": ["results"]}
    with living_run(tmp_path, **reader):
        with living_run(tmp_path, **(reader | {"results": "results/pairs"})):
            pass
        with pytest.raises(Busy):
            begin(tmp_path, results="results", logs="logs")
    with living_run(tmp_path), pytest.raises(Busy):
        begin(tmp_path, results="results/folder", logs="logs/folder", reads=["results"])


def test_what_two_runs_write_is_written_by_one_at_a_time(tmp_path):
    with living_run(tmp_path, results="results/a", logs="logs/a", writes=["results/weights"]), pytest.raises(Busy):
        begin(tmp_path, results="results/b", logs="logs/b", writes=["results/weights"])


def test_who_must_be_alone_waits_for_every_run_and_keeps_others_out(tmp_path):
    with living_run(tmp_path, results="results/null", logs="logs/null"), pytest.raises(Busy), alone(tmp_path):
        pass
    with alone(tmp_path), pytest.raises(Busy, match="this folder"):
        begin(tmp_path, results="results", logs="logs")


def dvc(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_dvc_replaces_nothing_under_a_run(tmp_path):
    assert dvc(tmp_path, "init", "--no-scm").returncode == 0
    dvc(tmp_path, "config", "core.site_cache_dir", str(tmp_path / ".dvc" / "site"))
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "a").write_text("version")
    assert dvc(tmp_path, "add", "results").returncode == 0
    (tmp_path / "results" / "a").write_text("what the run writes")
    with living_run(tmp_path):
        for _ in range(2):
            refused = dvc(tmp_path, "checkout", "--force")
            assert refused.returncode != 0 and "lock" in refused.stderr
        assert (tmp_path / "results" / "a").read_text() == "what the run writes"
    assert dvc(tmp_path, "checkout", "--force").returncode == 0
    assert (tmp_path / "results" / "a").read_text() == "version"
    # A run that is a stage of DVC's is let in: DVC gives its lock away meanwhile.
    code = "import pathlib, speech2face.base.workspace as w; w.begin(pathlib.Path(), results='results', logs='logs')"
    (tmp_path / "begin.py").write_text(code)
    stage = {"cmd": f"{shlex.quote(sys.executable)} begin.py"}
    (tmp_path / "dvc.yaml").write_text(json.dumps({"stages": {"run": stage}}))
    done = dvc(tmp_path, "repro")
    assert done.returncode == 0, done.stderr


def test_what_killed_processes_left_is_removed_and_what_the_living_write_is_not(tmp_path):
    left = [
        half_written(tmp_path / "results" / "clips" / "00.arrow"),
        # A library's own temporary file.
        half_written(tmp_path / "results" / "encoder" / "model.safetensors", ".tmpctOW7m"),
        half_written(tmp_path / "logs" / "encoder" / "steps.jsonl"),
        half_written(tmp_path / "results" / "weights" / "facenet" / "config.json"),
    ]
    whole = tmp_path / "results" / "clips" / "01.arrow"
    whole.write_bytes(b"whole")
    resumed = tmp_path / "results" / "weights" / "facenet" / ".released.pt.part"
    resumed.write_bytes(b"so far")
    with living_run(tmp_path, results="results/null", logs="logs/null"):
        living = [half_written(tmp_path / folder / "null" / "clips" / "00.arrow") for folder in ("results", "logs")]
        told = begin(tmp_path, results="results", logs="logs", writes=["results/weights"])
    assert sorted(told) == sorted(f"Removed {part}: a process that was killed left it." for part in left)
    assert not any(part.exists() for part in left)
    assert all(part.exists() for part in living)
    assert whole.exists()
    assert resumed.exists()


def test_a_lock_outlives_nobody_even_if_a_child_does(tmp_path):
    """The jobs of a run whose main process alone was killed end in their own time."""
    code = (
        "import pathlib, subprocess, sys, speech2face.base.workspace as w;"
        f"w.begin(pathlib.Path({str(tmp_path)!r}), results='results', logs='logs');"
        "child = subprocess.Popen(['sleep', '600']); print(child.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
    try:
        begin(tmp_path, results="results", logs="logs")
    finally:
        os.kill(child, signal.SIGKILL)


def in_python(code: str, home: Path) -> list[str]:
    """A command that runs `code` with `home` as the folder of the workflow."""
    return [
        sys.executable,
        "-c",
        f"import pathlib, sys, speech2face.base.workspace as w; home = pathlib.Path({str(home)!r}); {code}",
    ]


@pytest.mark.parametrize("folder", ["results", "logs"])
def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path, folder):
    place = tmp_path / folder
    place.mkdir()
    command = in_python("w.begin(home, results='results', logs='logs')", tmp_path)
    told = in_namespace(command, read_only=[place], cwd=ROOT)
    assert f"RuntimeError: {place} cannot be written: it lies on a file system that is mounted for reading only" in told
    told = in_namespace(command, small={place: 64}, cwd=ROOT, after=f"ls -A {place}")
    assert told.endswith(
        f"RuntimeError: There is no room for {place}: the disk is full. Make room, then run the same command again: "
        "what was finished is kept, and no partial file is left.\n"
    )


def test_a_home_that_cannot_be_written_is_one_clear_sentence(tmp_path):
    assert check_home(tmp_path, "results") == []
    told = in_namespace(in_python("w.check_home(home)", tmp_path), read_only=[tmp_path], cwd=ROOT)
    assert f"RuntimeError: {tmp_path} cannot be written, and Snakemake keeps its records there" in told
    (tmp_path / "results").mkdir()
    (tmp_path / "logs").mkdir()
    command = in_python("sys.exit(str(w.check_home(home, 'results', 'logs')))", tmp_path)
    told = in_namespace(command, read_only=[tmp_path / "results"], cwd=ROOT)
    assert (
        told
        == "['results cannot be written: before a job can run, mount it for writing, or change its owner or mode.']\n"
    )


def test_without_locks_a_run_goes_on_and_says_so(tmp_path, monkeypatch):
    """As on a network file system that knows none: nobody can tell what is half-written and what is left."""
    import fcntl

    def unknown(file, how):
        raise OSError(38, "Function not implemented")

    left = half_written(tmp_path / "results" / "clips" / "00.arrow")
    monkeypatch.setattr(fcntl, "flock", unknown)
    [told] = begin(tmp_path, results="results", logs="logs")
    assert "a file system without locks: see to it that one run at a time works here" in told
    assert left.exists()
