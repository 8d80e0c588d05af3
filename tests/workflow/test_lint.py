"""Formatting, lint, types, and the house's limits on files."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
    [("Snakefile", 80), ("workflow/rules/common.smk", 100), ("workflow/rules/*.smk", 120), ("src/**/*.py", 400)],
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
    for name in ("requirements.lock", "environment.yml", "Makefile", ".ci/run"):
        assert "://" not in (ROOT / name).read_text(), name


def test_lock_holds_every_dependency_with_hashes():
    lock = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert len(entries) > 100
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+==[^ ]+ (; .*)?\\\n    --hash=sha256:[0-9a-f]{64}\b", entry), entry[:100]
