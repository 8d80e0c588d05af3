"""Notebooks: valid, stripped, and drawing the files that the workflow expects."""

import re
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from speech2face.evaluation.figures.notebook import enter_run
from speech2face.evaluation.report.write import read_caption
from tests.unit.evaluation.figures.drawing import execute

ROOT = Path(__file__).parents[4]
SETTINGS = {"triplets": 4, "retrievals": 2, "examples": 3, "gallery": 9, "queries": 5}
NAMES = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
# These are run by the tests of their own figures, on files made for them.
OWN_TESTS = (
    "cartoons", "confusion", "confusion_upper", "consistency", "features", "generation", "languages", "leakage",
    "lengths", "matching", "population", "published", "similarity", "system",
)  # fmt: skip


def read(name: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    return notebook


def test_there_is_one_notebook_and_one_caption_a_figure() -> None:
    rules = (ROOT / "workflow" / "rules" / "figures.smk").read_text()
    figures = set(re.findall(r'^    "(\w+)":', rules[rules.index("FIGURES = {") :], re.MULTILINE))
    assert figures == set(NAMES)
    assert {path.stem for path in (ROOT / "workflow" / "captions").glob("*.rst")} == figures


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_has_the_title_of_its_caption(name: str) -> None:
    title, _ = read_caption(ROOT / "workflow" / "captions" / f"{name}.rst")
    assert read(name).cells[0].source.splitlines()[0] == f"# {title}"


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stripped_and_can_be_given_parameters(name: str) -> None:
    notebook = read(name)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info.name == "python"
    assert [cell.id for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])] == ["parameters"]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_a_notebook_without_results_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no results/a\.json in .* run `make figures` first"):
        enter_run({"measures": ["results/a.json"]})


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(OWN_TESTS)))
def test_a_notebook_draws_its_figure(name: str, given: dict[str, dict[str, object]], tmp_path: Path) -> None:
    stem = execute(name, given[name], tmp_path, **SETTINGS)
    with Image.open(f"{stem}.png") as picture:
        assert picture.width > 400
    assert Path(f"{stem}.pdf").read_bytes().startswith(b"%PDF")
