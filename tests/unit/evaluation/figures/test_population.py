"""Shares of speakers as they are drawn, beside the paper's."""

from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import population, style
from speech2face.evaluation.figures.people import LANGUAGES
from tests.unit.evaluation.figures.drawing import execute, fits, write_measures

LABELS = {
    "sex": ("female", "male"),
    "age_band": ("10", "20", "30", "70"),
    "ethnicity": ("african", "asian", "caucasian"),
    "language": tuple(LANGUAGES),
}
Measures = dict[str, Estimate]


@pytest.fixture
def shares() -> Measures:
    """Even shares among all labels of both splits."""
    measures = {}
    for split, n in {"train": 434, "test": 124}.items():
        measures[f"population.{split}.clips"] = Estimate(value=2 * n, low=2 * n, high=2 * n, n=n)
        for statistic, labels in LABELS.items():
            even = 100 / len(labels)
            for label in labels:
                measures[f"population.{split}.{statistic}.{label}"] = Estimate(
                    value=even, low=0.8 * even, high=1.2 * even, n=n
                )
    return measures


def panel(figure: Figure, title: str) -> Axes:
    (axes,) = [axes for axes in figure.axes if axes.get_title() == title]
    return axes


def heights(axes: Axes, colour: str) -> dict[str, float]:
    """Height of each bar of a colour by the label that it stands at."""
    titles = [label.get_text() for label in axes.get_xticklabels()]
    bars = [bar for bar in axes.patches if bar.get_facecolor() == to_rgba(colour)]
    return {titles[round(bar.get_x() + bar.get_width() / 2)]: bar.get_height() for bar in bars}


def test_bars_stand_at_their_labels_beside_the_papers(shares: Measures) -> None:
    shares["population.test.sex.male"] = Estimate(value=61, low=52, high=69, n=124)
    figure = population.draw(shares, invented=True)
    sex = panel(figure, "Sex")
    assert heights(sex, population.COLOURS["test"]) == {"Female": 50, "Male": 61}
    assert heights(sex, population.COLOURS["train"]) == {"Female": 50, "Male": 50}
    assert heights(sex, population.COLOURS["paper"])["Male"] == pytest.approx(62.6, abs=0.05)
    # The paper's band under 20 is the one that its figure calls 10.
    assert heights(panel(figure, "Age band"), population.COLOURS["paper"])["10s"] == pytest.approx(1.95, abs=0.01)
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts[:2] == ["training: 434 speakers, 868 clips", "test: 124 speakers, 248 clips"]


def test_groups_that_only_the_paper_has_stand_last(shares: Measures) -> None:
    titles = [
        label.get_text() for label in panel(population.draw(shares, invented=True), "Ethnicity").get_xticklabels()
    ]
    assert titles == ["African", "Asian", "Caucasian", "Black", "India", "White"]


def test_what_the_source_does_not_tell_gets_no_panel(shares: Measures) -> None:
    only = {name: m for name, m in shares.items() if ".sex." in name}
    assert [axes.get_title() for axes in population.draw(only, invented=True).axes] == ["Sex"]
    spoken = {name: m for name, m in shares.items() if ".language." in name}
    assert [axes.get_title() for axes in population.draw(spoken, invented=True).axes] == ["Language"]
    with pytest.raises(ValueError, match=r"no population\.\*"):
        population.draw({"population.test.clips": Estimate(value=9, low=9, high=9, n=9)}, invented=True)


def test_nothing_reaches_over_the_edge(shares: Measures) -> None:
    figure = population.draw(shares, invented=True)
    assert style.INVENTED in [text.get_text() for text in figure.texts]
    assert fits(figure)


def test_the_notebook_draws_the_figure(shares: Measures, tmp_path: Path) -> None:
    execute("population", {"measures": write_measures(tmp_path / "population.json", shares)}, tmp_path)
