"""Shared fixtures."""

import contextlib
import copy
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import settings

from tests.warm_snakemake import snakemake

ROOT = Path(__file__).parents[1]
# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

PROJECT = ("Snakefile", "config", "workflow", "notebooks", "profiles")


class Project:
    """A copy of everything that a run reads, in a folder of its own: made there, unless it is there already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if (folder / "Snakefile").exists():
            return
        for name in PROJECT:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)

    def copy(self, folder: Path) -> "Project":
        """The same, with all results and what Snakemake knows of them, in another folder."""
        shutil.copytree(self.folder, folder)
        other = copy.copy(self)
        other.folder = folder
        return other

    def snakemake(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run Snakemake there; the output of a run that fails is shown."""
        done = snakemake("--cores", "2", "--resources", "gpu=1", *arguments, folder=self.folder)
        if check:
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
        return done


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A fresh copy of the project for one test module."""
    return Project(tmp_path_factory.mktemp("project"))


_TALLIES = pytest.StashKey[list[dict]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the tests with long counts alone, and in full")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--soak"):
        items[:] = [item for item in items if {"soak", "in_soak"} & set(getattr(item, "fixturenames", ()))]


def pytest_unconfigure(config: pytest.Config) -> None:
    """After everything else, what came of the long counts: one JSON object a line."""
    for tally in config.stash.get(_TALLIES, []):
        config.get_terminal_writer().line(json.dumps(tally))


class Tally:
    """How many things a test tries, and what was wrong with those that failed."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.failed: list[str] = []

    def check(self, good: bool, what: str) -> None:
        """Note one thing that was tried; `what` says which, should it not be good."""
        if not good:
            self.failed.append(what)


@pytest.fixture
def in_soak(pytestconfig: pytest.Config) -> None:
    """For a test that takes minutes beside others that cover its parts: it runs in `make soak` alone."""
    if not pytestconfig.getoption("--soak"):
        pytest.skip("takes minutes: make soak runs it")


@pytest.fixture
def soak(pytestconfig: pytest.Config) -> Callable[..., AbstractContextManager[Tally]]:
    """`with soak("damaged files", small=60, full=1000) as tally`: try `tally.count` things and check each.

    The count is the small one in `make test` and the full one in `make soak`, which also prints what came of it. The
    test fails when anything that was checked did.
    """
    in_full = pytestconfig.getoption("--soak")

    @contextlib.contextmanager
    def start(name: str, *, small: int, full: int) -> Iterator[Tally]:
        tally = Tally(full if in_full else small)
        broken = True
        try:
            yield tally
            broken = False
        finally:
            if in_full:
                result = {"name": name, "count": tally.count, "failed": len(tally.failed) or int(broken)}
                pytestconfig.stash.setdefault(_TALLIES, []).append(result)
        assert not tally.failed, f"{len(tally.failed)} of {tally.count}, {tally.failed[:20]}"

    return start
