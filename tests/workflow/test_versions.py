"""What the stages of dvc.yaml declare is what the workflow makes in the phase of that name, and reads for it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

STAGES: dict[str, dict] = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
OUTS = {stage: [Path(next(iter(out))) for out in STAGES[stage]["outs"]] for stage in STAGES}
FILES = {stage: [Path(dep) for dep in STAGES[stage]["deps"] if dep.startswith("results/")] for stage in STAGES}


def holder(path: str) -> str | None:
    """The stage in one of whose outputs a file lies."""
    found = [stage for stage, outs in OUTS.items() if set(outs) & {Path(path), *Path(path).parents}]
    assert len(found) <= 1, f"{path} belongs to {found}"
    return found[0] if found else None


@pytest.fixture(scope="module")
def jobs(project) -> dict[str, list[tuple[list[str], list[str]]]]:
    """What the jobs of each phase, and of the phases before it, read and write."""
    found = {}
    for stage in STAGES:
        told = project.snakemake("-n", "--", f"phase_{stage}").stdout
        # The jobs of a group are indented.
        blocks = re.split(r"^ *(?:local)?rule (\w+):\n", told, flags=re.MULTILINE)[1:]
        found[stage] = [
            tuple(
                [path for line in re.findall(rf"^ +{what}: (.*)$", block, re.MULTILINE) for path in line.split(", ")]
                for what in ("input", "output")
            )
            for rule, block in zip(blocks[::2], blocks[1::2], strict=True)
            if not rule.startswith(("phase_", "all"))
        ]
    return found


def test_a_stage_calls_the_phase_of_its_name_and_lets_snakemake_decide():
    for name, stage in STAGES.items():
        assert stage["cmd"] == f"snakemake -- phase_{name}"
        assert stage["params"] == [{"config/config.yaml": None}]
        # DVC clears other outputs before the stage runs, and everything would be made again.
        assert all(options == {"persist": True} for out in stage["outs"] for options in out.values()), name


def test_the_outputs_of_a_stage_are_what_its_phase_makes(jobs):
    before: set[str] = set()
    for stage, outs in OUTS.items():
        made = {path for _, outputs in jobs[stage] for path in outputs} - before
        assert made
        assert {path: holder(path) for path in made} == dict.fromkeys(made, stage)
        for out in outs:
            assert any(out in {Path(path), *Path(path).parents} for path in made), f"{out} is made by no rule"
        before |= made


def test_the_dependencies_of_a_stage_are_what_its_jobs_read_of_earlier_ones(jobs):
    for stage in STAGES:
        read = {
            path
            for inputs, outputs in jobs[stage]
            if outputs and holder(outputs[0]) == stage
            for path in inputs
            if path.startswith("results/") and holder(path) != stage
        }
        used = {dep for dep in FILES[stage] for path in read if dep in {Path(path), *Path(path).parents}}
        assert used == set(FILES[stage]), f"{stage} depends on {set(FILES[stage]) - used} for nothing"
        for path in read:
            assert used & {Path(path), *Path(path).parents}, f"{stage} reads {path}, which is no dependency of it"


def test_executed_notebooks_are_logs_and_no_outputs(jobs):
    """They hold timings, which differ between runs of the same bytes."""
    assert not [path for _, outputs in jobs["report"] for path in outputs if path.endswith(".ipynb")]


def test_metrics_plots_and_artifacts_lie_in_outputs():
    told = yaml.safe_load((ROOT / "dvc.yaml").read_text())
    named = [*told["metrics"], *(next(iter(plot)) if isinstance(plot, dict) else plot for plot in told["plots"])]
    named += [artifact["path"] for artifact in told["artifacts"].values()]
    assert [path for path in named if holder(path) is None] == []


def test_plots_and_metrics_are_shown_before_anything_is_in_the_cache(tmp_path, monkeypatch):
    """After `make figures` in a fresh clone: dvc.lock has hashes of files that DVC has not seen here."""
    lock = {
        stage: {
            "cmd": STAGES[stage]["cmd"],
            "outs": [
                {"path": str(out), "hash": "md5", "md5": f"{number:a>32}{'' if out.suffix else '.dir'}", "size": 1}
                for number, out in enumerate(outs)
            ],
        }
        for stage, outs in OUTS.items()
    }
    (tmp_path / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": lock}))
    (tmp_path / ".dvc").mkdir()
    for name in ("dvc.yaml", ".dvc/config"):
        shutil.copy(ROOT / name, tmp_path / name)
    files = {
        "encoder/history.json": [{"epoch": 1, "validation_loss": 2.5}, {"epoch": 2, "validation_loss": 1.5}],
        "decoder/history.json": [
            {"penalty": 10.0, "validation_loss": 0.5},
            {"penalty": 30.0, "validation_loss": 0.7},
        ],
        "report/headline.json": {"retrieval": 61.5},
    }
    for name, values in files.items():
        (tmp_path / "results" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "results" / name).write_text(json.dumps(values))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / ".dvc" / "site"))

    def dvc(*arguments: str) -> str:
        done = subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "failed" not in done.stdout + done.stderr
        return done.stdout

    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert "61.5" in dvc("metrics", "show")
    page = Path(dvc("plots", "show").strip().removeprefix("file://")).read_text(encoding="utf-8")
    for title, value in (("Voice encoder", "2.5"), ("Face decoder", "0.7")):
        assert title in page
        assert f'"validation_loss": "{value}"' in page or f'"validation_loss": {value}' in page


def test_dvc_keeps_its_databases_where_only_this_user_can_write(tmp_path):
    """They are pickles; DVC's usual folder for them, /var/tmp/dvc, lets every user of the machine swap them."""
    (tmp_path / ".dvc").mkdir()
    for name in ("Makefile", "dvc.yaml", ".dvc/config"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "docs").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "DVC_SITE_CACHE_DIR"}

    def run(*command: str, folder: Path = tmp_path) -> str:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("git", "init", "-q")
    run("make", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/ready", "environment")
    # What people type, and from any folder.
    told = run(f"{sys.prefix}/bin/dvc", "doctor", folder=tmp_path / "docs")
    used = re.search(r"Repo\.site_cache_dir: (.*)", told)
    assert used
    assert Path(used[1]).is_relative_to(tmp_path / ".dvc" / "site")
    assert (tmp_path / ".dvc" / "site").stat().st_mode & 0o777 == 0o700
