"""The workflow as a part: of another workflow, in a container, and by the conventions that Snakemake's linter knows."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.warm_snakemake import snakemake

MODULE = """
module faces:
    snakefile: {snakefile!r}
    config: {{"overlay": "faces", "shards": 2}}
{more}

use rule * from faces as faces_*


rule all:
    default_target: True
    input:
        rules.faces_write_report.output.page
"""


def plan(folder: Path, more: str = ""):
    text = MODULE.format(snakefile=str(ROOT / "workflow" / "Snakefile"), more=more)
    (folder / "Snakefile").write_text(text)
    return snakemake("-n", "-p", "--cores", "2", "--resources", "gpu=1", folder=folder)


def test_another_workflow_uses_this_one_as_a_module(tmp_path):
    done = plan(tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    # Its values lie on top of those of this workflow's own config.
    assert len(re.findall(r"^ *rule faces_make_talkers:", done.stdout, re.MULTILINE)) == 2
    assert "results/faces/report.html" in done.stdout
    # Its notebooks, captions and variants are found where this workflow is.
    inputs = {path for line in re.findall(r"^ +input: (.*)$", done.stdout, re.MULTILINE) for path in line.split(", ")}
    own = {(tmp_path / path).resolve() for path in inputs if not path.startswith("results/")}
    notebooks = set((ROOT / "notebooks").glob("*.ipynb")) - {
        ROOT / "notebooks" / f"{name}.ipynb" for name in ("published", "scaling")
    }
    assert notebooks < own
    assert all(path.exists() and path.is_relative_to(ROOT) for path in own)
    assert '"kind": "pixel"' in done.stdout  # the encoder of config/variants/pixel_loss.yaml


def test_a_module_with_a_prefix_is_refused_with_what_to_do_instead(tmp_path):
    done = plan(tmp_path, '    prefix: "below"')
    assert done.returncode != 0
    assert "set `overlay` in the module's config" in done.stdout + done.stderr


def test_the_linter_finds_only_what_the_docs_explain(project):
    found = project.snakemake("--lint", check=False).stderr
    titles = {
        re.sub(r"(variable|Param) \w+", r"\1 NAME", title)
        for title in re.findall(r"^    \* (.*?)[.:]*$", found, re.MULTILINE)
    }
    page = (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([^`]+)` \|", page.partition("## Linting")[2], re.MULTILINE))
    assert titles == explained


@pytest.fixture
def small(tmp_path) -> Path:
    """A folder with a workflow of one rule that shares the environment of this one's rules."""
    (tmp_path / "Snakefile").write_text(
        f"""
include: {str(ROOT / "workflow" / "rules" / "environment.smk")!r}


rule once:
    output: "made"
    resources: mem_mb=memory(100)
    shell:
        "echo {{resources.mem_mb}} >>asked; [ $(wc -l <asked) = 2 ] &&"
        " {{PYTHON}} -c 'import sys; print(sys.prefix)' >made"
"""
    )
    return tmp_path


def test_a_job_that_is_tried_again_asks_for_more_memory(small):
    done = snakemake("--cores", "1", "--retries", "1", folder=small)
    assert done.returncode == 0, done.stderr
    assert (small / "asked").read_text().split() == ["100", "200"]
    assert (small / "made").read_text().strip() == sys.prefix


def test_jobs_run_in_the_container_when_asked(small, monkeypatch):
    """The container's own Python runs there. Apptainer is stood in for by a script that notes what it is given."""
    programs = small / "programs"
    programs.mkdir()
    for name, text in {
        "apptainer": 'case $1 in --version) echo apptainer version 1.4.0;; *) echo "$*" >>called; '
        'for last; do :; done; bash -c "$last";; esac',
        "python": "echo the container",
    }.items():
        (programs / name).write_text(f"#!/bin/bash\n{text}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    options = ["--cores", "1", "--retries", "1", "--software-deployment-method", "apptainer"]
    done = snakemake(*options, folder=small)
    assert done.returncode == 0, done.stderr
    assert "speech2face.sif" in (small / "called").read_text()
    assert (small / "made").read_text().strip() == "the container"
