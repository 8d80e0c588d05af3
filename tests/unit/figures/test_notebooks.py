"""Notebooks: valid, stripped, and drawing the files that the workflow expects."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]
NAMES = ("talkers", "triplets", "decoder_parts", "retrieval", "retrieval_examples", "attributes", "learning_curves")


def read(name: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    return notebook


def test_there_is_one_notebook_and_one_caption_a_figure() -> None:
    rules = (ROOT / "workflow" / "rules" / "figures.smk").read_text()
    figures = set(re.findall(r'^    "(\w+)": \{', rules, re.MULTILINE))
    assert figures == set(NAMES)
    assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} == figures
    assert {path.stem for path in (ROOT / "workflow" / "captions").glob("*.rst")} == figures


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


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_draws_its_figure(name: str, given: dict[str, dict[str, object]], tmp_path: Path) -> None:
    stem = tmp_path / "out" / name
    values = {
        "given": json.dumps({"inputs": given[name], "settings": {"triplets": 4, "retrievals": 2}}),
        "stem": str(stem),
    }
    for cell in read(name).cells:
        if cell.cell_type == "code" and cell.id != "parameters":
            exec(cell.source, values)
    with Image.open(f"{stem}.png") as picture:
        assert picture.width > 400
    assert Path(f"{stem}.pdf").read_bytes().startswith(b"%PDF")
