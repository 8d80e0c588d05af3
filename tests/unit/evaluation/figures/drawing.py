"""What tests of figures share: notebooks executed as the workflow does, and the edge of the page."""

import json
from collections.abc import Mapping
from pathlib import Path

import nbformat
from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from tests.conftest import ROOT


def execute(name: str, inputs: Mapping[str, object], folder: Path, **settings: int) -> Path:
    """Run the code of a notebook on given inputs; the stem of the figure's files, whose PNG is looked for."""
    stem = folder / name
    values = {"inputs": inputs, "settings": {"invented": True} | settings, "stem": str(stem)}
    for cell in nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=nbformat.NO_CONVERT).cells:
        if cell.cell_type == "code" and cell.id != "parameters":
            exec(cell.source, values)
    assert Path(f"{stem}.png").stat().st_size > 10_000
    return stem


def write_measures(path: Path, measures: Mapping[str, Estimate]) -> str:
    """Write measures as a family's file; its path as a notebook takes it."""
    path.write_text(json.dumps({name: measure.as_dict() for name, measure in measures.items()}))
    return str(path)


def fits(figure: Figure) -> bool:
    """Whether nothing that is drawn reaches over the edge of the figure."""
    figure.draw_without_rendering()
    drawn, page = figure.get_tightbbox(), figure.bbox_inches
    return bool(drawn.x0 >= 0 and drawn.y0 >= 0 and drawn.x1 <= page.x1 and drawn.y1 <= page.y1)
