"""One finished run of the whole pipeline on a tiny world, for all tests of this folder."""

import fcntl
import os

import pytest

from tests.conftest import Project

SMOKE = ("--configfile", "config/overlays/smoke.yaml")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose smoke run is finished. It belongs to all: a test that changes anything takes a copy.

    Halves of the tests that run at once share it: the first that needs it makes it while the other waits.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished"
    folder.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        project = Project(folder)
        if not (folder / "results" / "smoke" / "report.html").exists():
            project.snakemake(*SMOKE)
    return project
