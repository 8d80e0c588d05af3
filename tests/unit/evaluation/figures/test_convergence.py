"""The figure of variants of the voice encoder: curves, measures and pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import convergence, style
from tests.unit.evaluation.figures.drawing import fits
from tests.unit.evaluation.figures.trial_charts import charts, constant, intervals, pictures, trial_rows, words

NAMES = ("run", "no_batch_norm", "something_else")


@pytest.fixture
def summary() -> dict[str, Estimate]:
    figures = {}
    for position, name in enumerate(NAMES):
        figures[f"{name}.convergence.recall_at_10_percent"] = constant(60.0 - 20 * position, 5)
        figures[f"{name}.convergence.error"] = constant(0.7 + 0.1 * position, 0.04)
        figures[f"{name}.convergence.spread"] = constant(50.0 - 20 * position, 3)
    return figures


@pytest.fixture
def draw(
    make_reconstructions: Callable[..., pd.DataFrame],
    histories: dict[str, pd.DataFrame],
    face_decoder: tuple[Path, Path],
    summary: dict[str, Estimate],
) -> Callable[..., Figure]:
    made = make_reconstructions(6)

    def draw(figures: dict[str, Estimate] = summary) -> Figure:
        curves = dict.fromkeys(NAMES, histories["encoder"])
        trial = trial_rows(made, NAMES)
        return convergence.draw(figures, curves, trial, made, decoder=face_decoder, count=4)

    return draw


def test_each_variant_has_a_curve_measures_and_pictures(draw: Callable[..., Figure]) -> None:
    figure = draw()
    assert len(pictures(figure)) == 4 * (1 + len(NAMES))
    assert {"true face", "this run", "no batch norm", "something_else"} <= set(words(figure))
    curves, recall, error, spread = charts(figure)
    assert [line.get_label() for line in curves.lines][:3] == ["this run", "no batch norm", "something_else"]
    assert intervals(recall) == [(60, 55, 65), (40, 35, 45), (20, 15, 25)]
    assert [found[0] for found in intervals(error)] == pytest.approx([0.7, 0.8, 0.9])
    assert [found[0] for found in intervals(spread)] == [50, 30, 10]
    assert style.INVENTED in words(figure)
    assert fits(figure)


def test_the_pictures_are_those_of_the_variants_own_answers(draw: Callable[..., Figure]) -> None:
    # Their predictions differ by chance, and a decoder that has learned nothing draws even those apart.
    drawn = pictures(draw())[4:]
    assert not np.array_equal(drawn[0], drawn[4])


def test_a_variant_that_was_not_measured_is_named(draw: Callable[..., Figure], summary: dict[str, Estimate]) -> None:
    without = {name: figure for name, figure in summary.items() if "no_batch_norm" not in name}
    with pytest.raises(ValueError, match=r"no no_batch_norm\.convergence\.error"):
        draw(without)
