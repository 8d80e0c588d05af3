"""One finished run of the whole pipeline on a tiny world, for all tests of this folder."""

import pytest

from tests.conftest import Project

SMOKE = ("--configfile", "config/overlays/smoke.yaml")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose smoke run is finished. It belongs to all: a test that changes anything takes a copy."""
    project = Project(tmp_path_factory.mktemp("finished"))
    project.snakemake(*SMOKE)
    return project
