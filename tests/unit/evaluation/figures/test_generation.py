"""Generation: pictures beside true faces."""

from pathlib import Path

import pytest
from matplotlib.axes import Axes

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import generation, style
from tests.unit.evaluation.figures.drawing import execute, fits, write_measures

Measures = dict[str, Estimate]


@pytest.fixture
def measures() -> Measures:
    """What the family generation measures in a world of 124 test speakers."""
    made = {}

    def put(name: str, value: float, room: float) -> None:
        made[name] = Estimate(value=value, low=value - room, high=value + room, n=124)

    put("f2f.faces.detected", 99, 0.9)
    put("s2f.faces.detected", 97, 2)
    for position, who in enumerate(("f2f", "s2f")):
        put(f"{who}.generation.sharpness", 0.4 - 0.1 * position, 0.02)
        put(f"{who}.generation.background", 99 - position, 0.5)
    for position, who in enumerate(("faces", "f2f", "s2f_pictures")):
        for metric, value in {"cosine": 0.9 - 0.2 * position, "l2": 0.2 + 0.1 * position}.items():
            put(f"{who}.generation.{metric}", value, 0.03)
        for suffix, value in {"other": -0.001, "same_sex": 0.05}.items():
            put(f"{who}.generation.cosine_{suffix}", value, 0.02)
            put(f"{who}.generation.l2_{suffix}", 0.6 - value, 0.02)
        put(f"{who}.generation.face_score", 15 - 4 * position, 1.5)
    for position, who in enumerate(("f2f", "s2f_pictures", "training_faces")):
        put(f"{who}.generation.frechet", 0.03 * (position + 1), 0.004)
        put(f"{who}.generation.diversity", 108 - 9 * position, 3)
        put(f"{who}.generation.diversity_same_sex", 106 - 9 * position, 4)
    return made


def values(axes: Axes) -> list[float]:
    """What is drawn, row by row and within a row from top to bottom."""
    return [bar.lines[0].get_xdata().item() for bar in axes.containers]


def test_each_panel_shows_one_measure_of_each_row(measures: Measures) -> None:
    axes = generation.draw(measures, invented=True).axes
    found, likeness, distance, score, frechet, diversity, sharpness, background = axes
    assert [label.get_text() for label in found.get_yticklabels()] == [
        "true face", "picture from face (F2F)", "picture from voice (S2F)", "drawn for the voice", "faces of strangers"
    ]  # fmt: skip
    # F2F in the second row and S2F in the third: there is no share of true faces in which a face is found.
    assert [bar.lines[0].get_ydata().item() for bar in found.containers] == [1, 2]
    assert values(found) == [99, 97]
    assert values(likeness) == pytest.approx([0.9, 0.05, -0.001, 0.7, 0.05, -0.001, 0.5, 0.05, -0.001])
    assert values(distance)[:3] == pytest.approx([0.2, 0.55, 0.601])
    assert values(score) == [15, 11, 7]
    assert values(frechet) == pytest.approx([0.03, 0.06, 0.09])
    assert [bar.lines[0].get_ydata().item() for bar in frechet.containers] == [1, 2, 4]
    assert values(diversity) == [106, 108, 97, 99, 88, 90]
    assert (values(sharpness), values(background)) == (pytest.approx([0.4, 0.3]), [99, 98])
    low, high = score.containers[1].lines[2][0].get_segments()[0][:, 0]
    assert (low, high) == (9.5, 12.5)
    # A zero has no sign.
    assert [text.get_text() for text in likeness.texts][:3] == ["0.90", "0.05", "0.00"]


def test_every_panel_but_the_cosine_starts_at_zero(measures: Measures) -> None:
    left = [axes.get_xlim()[0] for axes in generation.draw(measures, invented=True).axes]
    assert left[0] == left[2] == left[3] == left[4] == left[5] == 0
    assert left[1] < 0


def test_what_was_not_measured_is_not_drawn(measures: Measures) -> None:
    bare = {name: m for name, m in measures.items() if "training" not in name and "same_sex" not in name}
    figure = generation.draw(bare, invented=False)
    assert values(figure.axes[5]) == [108, 99]
    assert style.INVENTED not in [text.get_text() for text in figure.texts]
    assert style.INVENTED in [text.get_text() for text in generation.draw(measures, invented=True).texts]
    with pytest.raises(ValueError, match=r"no s2f_pictures\.generation\.cosine"):
        generation.draw({"s2f.faces.detected": measures["s2f.faces.detected"]}, invented=True)


def test_nothing_reaches_over_the_edge(measures: Measures) -> None:
    for summary in (measures, {k: m for k, m in measures.items() if "training" not in k and "f2f" not in k}):
        figure = generation.draw(summary, invented=True)
        assert fits(figure)


def test_the_notebook_draws_it(measures: Measures, tmp_path: Path) -> None:
    execute("generation", {"measures": [write_measures(tmp_path / "generation.json", measures)]}, tmp_path)
