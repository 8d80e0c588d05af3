"""Formatting, lint, types, and the house's limits on files."""

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "src", "tests"),
        ("ruff", "format", "--check", "src", "tests"),
        ("mypy",),
        ("snakefmt", "--check", "Snakefile", "workflow"),
    ],
    ids=" ".join,
)
def test_command_is_content(command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("pattern", "limit"),
    [
        ("workflow/Snakefile", 80),
        ("workflow/rules/common.smk", 100),
        ("workflow/rules/*.smk", 120),
        ("src/**/*.py", 360),
    ],
)
def test_files_stay_short(pattern, limit):
    long = {str(path): lines for path in ROOT.glob(pattern) if (lines := len(path.read_text().splitlines())) > limit}
    assert not long


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stripped_and_can_be_executed_by_papermill(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["metadata"]["language_info"]["name"] == "python"
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] is None and not cell["outputs"] for cell in code)
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in code) == 1


def test_install_files_name_no_address():
    for name in ("requirements.lock", "requirements-uv.txt", "environment.yml", "Makefile", ".ci/run"):
        assert "://" not in (ROOT / name).read_text(), name


def lock_entries(name):
    return re.split(r"^(?=[a-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)[1:]


def test_lock_holds_every_dependency_with_hashes():
    entries = lock_entries("requirements.lock")
    assert len(entries) > 100
    for entry in [*entries, *lock_entries("requirements-uv.txt")]:
        assert re.match(r"[a-z0-9._-]+==[^ ]+ (; .*)?\\\n    --hash=sha256:[0-9a-f]{64}\b", entry), entry[:100]


@pytest.mark.parametrize("system", ["linux x86_64", "linux aarch64", "darwin arm64"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_lock_is_closed_on_each_platform(system, python):
    """What the locked packages require there is locked for there too, as far as they are installed here."""
    name, machine = system.split()
    platform = {"sys_platform": name, "platform_system": name.title(), "platform_machine": machine, "extra": ""}
    platform |= {"python_version": python, "python_full_version": f"{python}.5"}
    installed = {canonicalize_name(each.name): each for each in metadata.distributions()}

    def needed(requirements):
        found = map(Requirement, requirements)
        return {canonicalize_name(each.name) for each in found if not each.marker or each.marker.evaluate(platform)}

    locked = needed(entry.partition("\\")[0] for entry in lock_entries("requirements.lock"))
    assert not {
        name: more for name in locked & installed.keys() if (more := needed(installed[name].requires or ()) - locked)
    }
