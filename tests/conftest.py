"""Shared fixtures."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

PROJECT = ("Snakefile", "config", "workflow", "notebooks", "profiles")


class Project:
    """A copy of everything that a run reads, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in PROJECT:
            source = ROOT / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, folder / name)

    def snakemake(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run Snakemake there; the output of a run that fails is shown."""
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "2", "--resources", "gpu=1", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=1200,
        )
        if check:
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
        return done


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A fresh copy of the project for one test module."""
    return Project(tmp_path_factory.mktemp("project"))
