"""What people and tools expect beside the code: citation, forms, hooks, the list of targets, a wheel that installs."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import speech2face
from tests.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PYPROJECT["project"]["version"] == speech2face.__version__
    assert citation["license"] == PYPROJECT["project"]["license"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem
)
def test_a_form_for_issues_asks_for_something(form):
    content = yaml.safe_load(form.read_text(encoding="utf-8"))
    if form.stem == "config":
        assert content == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= content.keys()
    names = [field["id"] for field in content["body"]]
    assert len(names) == len(set(names))
    assert any(field.get("validations", {}).get("required") for field in content["body"])


def test_hooks_run_what_the_environment_has():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    for hook in hooks:
        program = Path(hook["entry"].split()[0])
        assert program.parent == Path(".venv/bin")
        assert (Path(sys.executable).parent / program.name).exists(), program


def test_continuous_integration_runs_one_command():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    commands = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
    assert commands == [".ci/run"]


def test_make_alone_lists_every_target_that_people_type():
    told = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert phony
    typed = set(phony[1].replace("\\", " ").split()) - {"provenance"}
    assert typed == set(re.findall(r"^  ([a-z-]+) +\w", told, re.MULTILINE))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of a copy of what git has, built with this environment's setuptools: nothing is downloaded."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "src", "pyproject.toml", "README.md", "LICENSE"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    build = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(made)], cwd=source, capture_output=True, check=True)
    return next(made.glob("*.whl"))


def test_the_wheel_has_every_file_of_the_package(wheel):
    listed = subprocess.run(
        ["git", "ls-files", "src/speech2face"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    wanted = {name.removeprefix("src/") for name in listed.stdout.splitlines()}
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert not wanted - packed


def test_the_wheel_runs_where_there_is_no_clone(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = "import speech2face, speech2face.cli as cli; print(speech2face.__file__); cli.main(['--version'])"
    environment = {"PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    place, version = done.stdout.splitlines()
    assert Path(place).is_relative_to(tmp_path / "site")
    assert version == f"speech2face {speech2face.__version__}"


@pytest.mark.parametrize("torch", ["", "cpu"])
def test_what_builds_source_distributions_is_locked(tmp_path, torch):
    """uv takes setuptools by the hashes of the lock, and refuses another one."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^setuptools==.*\\\n    --hash=sha256:", lock, re.MULTILINE)
    command = ["make", "--dry-run", "environment", f"VENV={tmp_path}", f"TORCH={torch}", f"PYTHON3={sys.executable}"]
    planned = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.replace("\\\n", " ")
    installs = [line for line in planned.splitlines() if "/uv pip" in line]
    assert len(installs) == (3 if torch else 2)
    assert all("--build-constraints requirements.lock" in line for line in installs)
    assert "--require-hashes --requirement requirements-uv.txt" in planned
