"""What the stages of dvc.yaml declare is what the workflow makes in the phase of that name, and reads for it."""

import re
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
