"""The figure of craniofacial measures: landmarks on pictures above correlations with their intervals."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from speech2face.data.faces.landmarks import LANDMARKS
from speech2face.evaluation import paper
from speech2face.evaluation.figures import craniofacial, style
from speech2face.evaluation.metrics.craniofacial import COMPARISONS
from speech2face.evaluation.metrics.proportions import RATIOS
from tests.unit.evaluation.figures.drawing import fits

Measures = dict[str, Estimate]
Make = Callable[..., pd.DataFrame]
PICTURES = ("original", "f2f", "s2f")


@pytest.fixture
def agreement() -> Measures:
    """Measures as `metrics.craniofacial` names them, each row stronger and each comparison weaker than the last."""
    found = {}
    for row, name in enumerate([*(ratio.name for ratio in RATIOS), "mean"]):
        for position, method in enumerate(COMPARISONS):
            value = 0.04 * row - 0.1 * position
            prefix = f"{method}.craniofacial.{name}"
            found[f"{prefix}.correlation"] = Estimate(value=value, low=value - 0.1, high=value + 0.2, n=124)
            if name != "mean":
                found[f"{prefix}.p"] = Estimate(value=0.001, low=0.001, high=0.001, n=124)
                p = 0.0004 if row > 5 else 0.2
                found[f"{prefix}.p_corrected"] = Estimate(value=p, low=p, high=p, n=124)
        found[f"random.craniofacial.{name}.correlation"] = Estimate(value=0.0, low=-0.15, high=0.17, n=124)
    return found


@pytest.fixture
def make_marked(make_reconstructions: Make) -> Make:
    """Reconstructions with landmarks; no face is found in the first S2F picture."""

    def make(speakers: int, *, labels: bool = True) -> pd.DataFrame:
        made = make_reconstructions(speakers, labels=labels)
        rng = np.random.default_rng(1)
        for kind in PICTURES:
            points = rng.uniform(0.2, 0.8, (len(made), 2 * LANDMARKS)).astype(np.float32)
            made[f"{kind}_landmarks"] = list(points)
        made.at[0, "s2f_landmarks"] = None
        return made

    return make


def words(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts] + [t.get_text() for t in figure.texts]


def bars(axes: Axes, colour: str) -> list[ErrorbarContainer]:
    found = [bar for bar in axes.containers if isinstance(bar, ErrorbarContainer)]
    return [bar for bar in found if same_color(bar.lines[0].get_color(), colour)]


@pytest.mark.parametrize(("speakers", "count", "labels"), [(9, 6, True), (4, 6, False), (1, 6, True), (20, 12, False)])
def test_landmarks_lie_on_the_pictures_and_nothing_reaches_over_the_edge(
    agreement: Measures, make_marked: Make, speakers: int, count: int, labels: bool
) -> None:
    made = make_marked(speakers, labels=labels)
    figure = craniofacial.draw(agreement, made, count=count)
    pictures = [axes for axes in figure.axes if axes.get_images()]
    assert len(pictures) == 3 * min(speakers, count)
    last = made.drop_duplicates("speaker_id").iloc[-1]
    for axes, kind, size in zip(pictures[-3:], PICTURES, (64, 32, 32), strict=True):
        if (landmarks := last[f"{kind}_landmarks"]) is not None:
            (dots,) = axes.lines
            np.testing.assert_allclose(dots.get_xydata().ravel(), landmarks * size - 0.5, rtol=1e-6)
    assert words(figure).count("no face found") == 1
    assert not pictures[2].lines
    assert (style.INVENTED in words(figure)) is labels
    assert fits(figure)


def test_correlations_are_drawn_with_intervals_beside_the_papers(agreement: Measures, make_marked: Make) -> None:
    axes = craniofacial.draw(agreement, make_marked(7), count=3).axes[-1]
    assert [label.get_text() for label in axes.get_yticklabels()] == [ratio.title for ratio in RATIOS] + [
        "mean of 13 (untested)"
    ]
    for method in craniofacial.SERIES:
        drawn = bars(axes, method.colour)
        assert len(drawn) == 14
        for row, bar in enumerate(drawn):
            name = [*paper.CRANIOFACIAL, "mean"][row]
            known = agreement[f"{method.name}.craniofacial.{name}.correlation"]
            (x, y) = bar.lines[0].get_xydata()[0]
            assert x == pytest.approx(known.value)
            assert round(y) == row
            assert bar.lines[2][0].get_segments()[0][:, 0] == pytest.approx([known.low, known.high])
            assert same_color(bar.lines[0].get_markerfacecolor(), method.colour if row > 5 else "white")
    (stars,) = [line for line in axes.lines if line.get_marker() == "*"]
    assert stars.get_xydata().tolist() == [[r, row] for row, r in enumerate(paper.CRANIOFACIAL.values())]
    bands = [patch.get_bbox() for patch in axes.patches]
    assert [(band.x0, band.x1) for band in bands] == [pytest.approx((-0.15, 0.17))] * 14
    texts = [text.get_text() for text in axes.texts]
    assert "0.04 (-0.06 to 0.24), 0.200" in texts
    assert "0.24 (0.14 to 0.44), < 0.001" in texts
    assert "0.52 (0.42 to 0.72)" in texts
    assert axes.get_title() == "Agreement in shape: 124 test speakers"


def test_what_was_not_measured_has_no_row(agreement: Measures, make_marked: Make) -> None:
    some = {name: m for name, m in agreement.items() if ".nose_" not in name}
    some = {name: m for name, m in some.items() if not name.startswith("faces_s2f.craniofacial.jaw_width")}
    axes = craniofacial.draw(some, make_marked(7), count=3).axes[-1]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(labels) == 11
    assert labels[-1] == "mean of 10 (untested)"
    assert len(bars(axes, style.BLUE)) == 11
    assert len(bars(axes, style.BLACK)) == 10
    stars = next(line for line in axes.lines if line.get_marker() == "*").get_xydata()
    assert stars[labels.index("philtrum width")].tolist() == [0.038, 9]


def test_missing_measures_or_clips_are_refused_with_advice(agreement: Measures, make_marked: Make) -> None:
    with pytest.raises(ValueError, match="three test speakers"):
        craniofacial.draw({}, make_marked(4), count=3)
    with pytest.raises(ValueError, match="no test clip"):
        craniofacial.draw(agreement, make_marked(4).iloc[:0], count=3)
