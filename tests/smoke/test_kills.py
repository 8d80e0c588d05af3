"""The whole pipeline, killed with all its processes at any moment: the same command goes on, to the same bytes."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import Project
from tests.smoke.conftest import SMOKE

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-m", "snakemake", "--cores", "2", "--resources", "gpu=1", *SMOKE)
MARK = "SPEECH2FACE_TESTS_RUN"
RESULTS = Path("results") / "smoke"
SEED = 20


def results_of(project: Project) -> dict[Path, Path]:
    """Every file of the results by its place, but for measured times and what a killed training goes on from."""
    folder = project.folder / RESULTS
    return {
        path.relative_to(folder): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "benchmarks" not in path.parts and path.name != "checkpoint.safetensors"
    }


class Runs:
    """Runs of one project, one after the other."""

    def __init__(self, project: Project, *targets: str) -> None:
        self.project, self.command, self.mark = project, (*COMMAND, "--", *targets), uuid.uuid4().hex
        self.log = project.folder.with_suffix(".log")

    @contextlib.contextmanager
    def start(self) -> Iterator[subprocess.Popen]:
        """A run in a session of its own; none of its processes outlives the block, wherever it went."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command,
                cwd=self.project.folder,
                stdout=log,
                stderr=log,
                env=os.environ | {MARK: self.mark},
                start_new_session=True,
            )
        try:
            yield process
        finally:
            self.kill()
            process.wait()

    def processes(self) -> list[int]:
        """All living processes of a run: they carry its mark, whoever is their parent or group now."""
        wanted, found = f"{MARK}={self.mark}".encode(), []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
        return found

    def kill(self) -> None:
        """As when the machine goes down: none of them gets to do anything more."""
        while processes := self.processes():
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def told(self) -> str:
        """The end of what all runs printed."""
        return self.log.read_text(errors="replace")[-6000:]


def test_while_a_run_lives_no_other_one_begins_and_when_it_is_killed_the_next_one_goes_on(finished, tmp_path):
    project = finished.copy(tmp_path / "project")
    index = RESULTS / "splits" / "index.arrow"
    (project.folder / index).unlink()
    lock = project.folder / ".snakemake" / "runs" / f"{quote(str(RESULTS), safe='')}.lock"
    runs = Runs(project, str(index))
    with runs.start() as run:
        while run.poll() is None and f"process {run.pid} on " not in lock.read_text():
            time.sleep(0.1)
        os.kill(run.pid, signal.SIGSTOP)
        second = project.snakemake(*SMOKE, "--", str(index), check=False)
        assert second.returncode == 1
        told = f"Somebody else is at work in {RESULTS} (the last to begin there: process {run.pid} on "
        assert told in second.stdout + second.stderr
    project.snakemake(*SMOKE, "--", str(index))
    assert (project.folder / index).read_bytes() == (finished.folder / index).read_bytes()
    assert results_of(project).keys() == results_of(finished).keys()


def test_killed_at_any_moment_the_run_goes_on_to_the_same_bytes(finished, tmp_path, soak, in_soak):
    wanted = results_of(finished)
    with soak("kills of the whole run", small=20, full=20) as tally:
        (tmp_path / "project").mkdir()
        project = Project(tmp_path / "project")
        runs = Runs(project)
        for number, moment in enumerate(moments(wanted, tally.count)):
            with runs.start() as run:
                moment.wait_for(run, project.folder / RESULTS)
                assert run.poll() is None, runs.told()
            there = results_of(project)
            half = [
                name
                for name, path in there.items()
                if name in wanted and path.read_bytes() != wanted[name].read_bytes()
            ]
            tally.check(not half, f"kill {number} after {len(there)} files: {half} are not as they should be")
        with runs.start() as run:
            assert run.wait(3600) == 0, runs.told()
    there = results_of(project)
    # Nothing that a killed run left, and nothing that no rule makes.
    assert there.keys() == wanted.keys()
    assert not list((project.folder / "logs").rglob("*.part"))
    assert not list((project.folder / RESULTS).rglob("checkpoint*"))
    assert [name for name in wanted if there[name].read_bytes() != wanted[name].read_bytes()] == []
    assert "Nothing to be done" in project.snakemake(*SMOKE, "-n").stdout


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A moment of a run: some files are there and the next one is not yet, for so many seconds."""

    before: frozenset[Path]
    after: Path
    seconds: float

    def wait_for(self, run: subprocess.Popen, results: Path) -> None:
        while run.poll() is None and not all((results / name).exists() for name in self.before):
            time.sleep(0.2)
        # This run may be faster than the one that the moment is from.
        end = time.monotonic() + self.seconds
        while run.poll() is None and time.monotonic() < end and not (results / self.after).exists():
            time.sleep(0.1)


def moments(wanted: dict[Path, Path], count: int) -> Iterator[Moment]:
    """Moments of a whole run, drawn evenly over the time that the finished one took.

    A run that starts again plans for some seconds, so that a moment soon after a file was made lies in its planning.
    """
    written = sorted((path.stat().st_mtime, name) for name, path in wanted.items() if "report" not in name.parts[0])
    # No job takes a minute; where the next file is so late, the machine was busy with something else.
    waits = [60.0, *(min(after - before, 60.0) for (before, _), (after, _) in pairwise(written))]
    made_at = dict(zip((name for _, name in written), accumulate(waits), strict=True))
    chance = random.Random(SEED)
    for moment in sorted(chance.uniform(0.0, max(made_at.values())) for _ in range(count)):
        before = {name: when for name, when in made_at.items() if when <= moment}
        after = min(made_at.keys() - before.keys(), key=made_at.__getitem__)
        yield Moment(before=frozenset(before), after=after, seconds=moment - max(before.values(), default=0.0))
