"""The whole pipeline on SLURM: what profiles/slurm asks for is given, and what comes out is what a local run gives."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from tests.smoke.conftest import SMOKE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("slurmctld"),
        reason="SLURM is not installed: apt-get install --no-install-recommends slurm-wlm munge",
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="SLURM's daemons are started by root"),
]

ONE_NODE = ROOT / "profiles" / "slurm" / "one_node.sh"
# This node has two CPUs and keeps no accounts, and nobody should wait 40 s to hear that a job has ended.
PROFILE = (
    "--workflow-profile", "slurm", "--cores", "2", "--resources", "gpu=1", "--retries", "1",
    "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "2",
)  # fmt: skip


@pytest.fixture(scope="module")
def slurm() -> Iterator[None]:
    """A SLURM of one node with one slot for GPU jobs."""
    if subprocess.run(["sinfo"], capture_output=True).returncode == 0:
        pytest.skip("another SLURM runs on this machine")
    started = subprocess.run([ONE_NODE, "start"], env=os.environ | {"GPUS": "1"}, capture_output=True, text=True)
    assert started.returncode == 0, started.stderr
    yield
    subprocess.run([ONE_NODE, "stop"], check=True)


def asked_for() -> dict[str, str]:
    """What each job that SLURM knows of was for, and the GPUs that it asked for."""
    told = subprocess.run(
        ["squeue", "--states=all", "--noheader", "--Format", "Comment:200,tres-per-job:40"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return {line[:200].strip(): line[200:].strip() for line in told.splitlines()}


def test_the_smoke_run_on_slurm_measures_what_the_local_one_does(in_soak, slurm, finished, tmp_path):
    project = finished.copy(tmp_path / "project")
    results = project.folder / "results" / "smoke"
    head = next((results / "talkers").glob("head-*"))
    # The head model takes a minute, and no run changes it.
    for path in (*results.iterdir(), *head.parent.iterdir()):
        if path not in (head, head.parent):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    project.snakemake(*PROFILE, *SMOKE)
    for kind in ("metrics", "encoder", "decoder"):
        for path in (finished.folder / "results" / "smoke" / kind).iterdir():
            assert path.read_bytes() == (results / kind / path.name).read_bytes(), path.name
    jobs = asked_for()
    # Both shards in one job, all figures in one job, one slot for each of those that use a GPU.
    assert len(jobs) <= 12, jobs
    assert len([name for name in jobs if name.startswith("rule_shards_")]) == 1
    for name, gpus in jobs.items():
        uses_one = any(word in name for word in ("train_", "encode_trials", "encode_variants", "reconstruct"))
        assert gpus == ("gres:gpu:1" if uses_one else "N/A"), name
    # SLURM's own logs are for what went wrong.
    assert not list((project.folder / "logs" / "slurm").rglob("*.log"))


def test_training_that_slurm_interrupts_goes_on_to_the_same_model(slurm, finished, tmp_path):
    """What SLURM sends two minutes before the time is over is sent here as soon as the training is at work."""
    project = finished.copy(tmp_path / "project")
    encoder = project.folder / "results" / "smoke" / "encoder"
    steps = project.folder / "logs" / "smoke" / "encoder" / "steps.jsonl"
    steps.unlink()
    for path in encoder.iterdir():
        path.unlink()
    target = str((encoder / "model.safetensors").relative_to(project.folder))
    run = subprocess.Popen(
        [sys.executable, "-m", "snakemake", *PROFILE, *SMOKE, "--", target],
        cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        for _ in range(1200):
            if steps.exists() and steps.stat().st_size:
                break
            time.sleep(0.05)
        job = subprocess.run(["squeue", "--noheader", "--format=%i"], capture_output=True, text=True).stdout.split()
        subprocess.run(["scancel", "--signal=TERM", *job], check=True)
        told, _ = run.communicate(timeout=300)
    finally:
        run.kill()
    assert run.returncode == 0, told[-3000:]
    assert "Trying to restart job" in told
    before = finished.folder / "results" / "smoke" / "encoder"
    assert all((encoder / path.name).read_bytes() == path.read_bytes() for path in before.iterdir())
