"""A run on a disk that is full or may not be written: one sentence, nothing by half, and the next run goes on."""

import sys
from pathlib import Path

import pytest

from tests.disks import in_namespace
from tests.smoke.conftest import SMOKE

pytestmark = pytest.mark.slow

RESULTS = Path("results") / "smoke"
INDEX = RESULTS / "splits" / "index.arrow"
COMMAND = [sys.executable, "-m", "snakemake", "--cores", "2", "--resources", "gpu=1", *SMOKE]


def test_a_disk_that_is_full_is_told_by_the_job_that_meets_it(finished, tmp_path):
    project = finished.copy(tmp_path / "project")
    splits = project.folder / INDEX.parent
    # Something must lie there, or Snakemake tries to remove the folder in the end, which is a mount here.
    command = ["bash", "-c", 'touch "$0"/kept && exec "$@"', str(splits), *COMMAND, "--", str(INDEX)]
    told = in_namespace(command, cwd=project.folder, small={splits: 8}, after=f"echo left: $(ls -A {splits})")
    assert (
        f"\nspeech2face: There is no room for {INDEX}: the disk is full. Make room, then run the same command" in told
    )
    assert "Traceback" not in told
    assert told.endswith("left: kept status.csv\n")


def test_results_that_may_not_be_written_are_told_before_the_first_job(finished, tmp_path):
    project = finished.copy(tmp_path / "project")
    command = [*COMMAND, "--forcerun", "split_clips", "--", str(INDEX)]
    told = in_namespace(command, cwd=project.folder, read_only=[project.folder / "results"])
    assert f"\n{RESULTS} cannot be written: before a job can run, mount it for writing, or change its owner" in told
    assert "localrule" not in told
    assert "Traceback" not in told
