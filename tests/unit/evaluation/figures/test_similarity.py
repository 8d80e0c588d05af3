"""Similarity: the table beside the paper's, and the angles."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from matplotlib.axes import Axes
from nbclient import NotebookClient

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import similarity, style
from tests.conftest import ROOT
from tests.unit.evaluation.figures.drawing import execute, fits, write_measures

METHODS = ("other_clip", "f2f", "world.ceiling", "s2f", "s2f_pictures", "acoustic_ridge", "mean_face", "random_face")
Measures = dict[str, Estimate]


@pytest.fixture
def measures() -> Measures:
    """What the family similarity measures in a world of 124 test speakers."""
    made = {}
    for position, method in enumerate(METHODS):
        for metric, scale in {"cosine_degrees": 1.0, "l2": 0.02, "l1": 0.2, "centred_cosine_degrees": 5.0}.items():
            value = scale * (10 + 2 * position)
            name = f"{method}.similarity.{metric}"
            made[name] = Estimate(value=value, low=0.97 * value, high=1.02 * value, n=124)
            made[f"{name}_sd"] = Estimate(value=0.1 * value, low=0.08 * value, high=0.13 * value, n=124)
    return made


def without(measures: Measures, part: str) -> Measures:
    return {name: measure for name, measure in measures.items() if part not in name}


def texts(axes: Axes) -> set[str]:
    return {text.get_text() for text in axes.texts}


def test_table_and_angles_show_every_way_beside_the_paper(measures: Measures) -> None:
    figure = similarity.draw(measures, invented=True)
    table, angles, centred = figure.axes
    rows = [label.get_text() for label in table.get_yticklabels()]
    assert rows[0] == "true face, another clip"
    assert rows[3] == "voice (S2F)"
    assert rows[-3:] == ["another person's face", "paper, 3 s of voice", "paper, 6 s of voice"]
    assert {"16.00 ± 1.60", "(15.52–16.32)", "0.320 ± 0.032", "3.20 ± 0.32"} <= texts(table)
    assert {"45.75 ± 5.09", "0.18 ± 0.02", "9.42 ± 1.54", "48.43 ± 6.01"} <= texts(table)
    drawn = [bar.lines[0].get_xdata().item() for bar in angles.containers]
    assert drawn == [10 + 2 * position for position in range(len(METHODS))]
    assert [bar.lines[0].get_xdata().item() for bar in centred.containers] == [5 * value for value in drawn]
    low, high = angles.containers[3].lines[2][0].get_segments()[0][:, 0]
    assert (low, high) == (pytest.approx(15.52), pytest.approx(16.32))
    stars = {float(line.get_xdata()[0]) for line in angles.lines if line.get_marker() == "*"}
    assert stars == {45.75, 48.43}
    assert not [line for line in centred.lines if line.get_marker() == "*"]


def test_what_was_not_measured_is_not_drawn(measures: Measures) -> None:
    bare = without(without(without(measures, "world."), "_sd"), "other_clip")
    figure = similarity.draw(bare, invented=False)
    assert len(figure.axes[1].containers) == len(METHODS) - 2
    assert "16.00" in texts(figure.axes[0])
    assert style.INVENTED not in [text.get_text() for text in figure.texts]
    assert style.INVENTED in [text.get_text() for text in similarity.draw(measures, invented=True).texts]
    with pytest.raises(ValueError, match=r"no s2f\.similarity\.cosine_degrees"):
        similarity.draw(without(measures, "s2f.similarity."), invented=True)


def test_nothing_reaches_over_the_edge(measures: Measures) -> None:
    for summary in (measures, {name: m for name, m in measures.items() if name.startswith("s2f.")}):
        figure = similarity.draw(summary, invented=True)
        assert fits(figure)


def test_the_notebook_draws_it(measures: Measures, tmp_path: Path) -> None:
    execute("similarity", {"measures": write_measures(tmp_path / "similarity.json", measures)}, tmp_path)


def test_an_executed_notebook_runs_again_in_its_own_folder(measures: Measures, tmp_path: Path) -> None:
    """As JupyterLab runs it: in results/notebooks, with the parameters that papermill wrote into it."""
    given = {"inputs": {"measures": "results/metrics/similarity.json"}, "settings": {"invented": True}}
    for name in ("metrics", "notebooks"):
        (tmp_path / "results" / name).mkdir(parents=True)
    write_measures(tmp_path / "results" / "metrics" / "similarity.json", measures)
    source, executed = ROOT / "notebooks" / "similarity.ipynb", tmp_path / "results" / "notebooks" / "similarity.ipynb"
    arguments = ["-k", "python3", "--no-progress-bar", "-y", json.dumps(given), "-r", "stem", "results/figures/first"]
    command = [sys.executable, "-m", "papermill", str(source), str(executed), *arguments]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=300)
    assert (tmp_path / "results" / "figures" / "first.png").exists()

    notebook = nbformat.read(executed, as_version=nbformat.NO_CONVERT)
    (parameters,) = [cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    assert 'inputs = {"measures": "results/metrics/similarity.json"}' in parameters.source
    parameters.source = parameters.source.replace("figures/first", "figures/second")
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(executed.parent)}}).execute()
    assert (tmp_path / "results" / "figures" / "second.png").exists()
