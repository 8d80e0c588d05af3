"""The measures of the metrics phase, and the methods in the order in which figures show them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import style
from speech2face.evaluation.metrics.summary import Summary


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method of predicting a face, by its name in measures, with its label and marker."""

    name: str
    label: str
    colour: str
    marker: str


METHODS = (
    Method(name="faces", label="true face", colour=style.BLACK, marker="D"),
    Method(name="f2f", label="picture from face (F2F)", colour=style.ORANGE, marker="^"),
    Method(name="world.ceiling", label="true voice parameters", colour=style.GREEN, marker="v"),
    Method(name="s2f", label="voice (S2F)", colour=style.BLUE, marker="o"),
    Method(name="s2f_3s", label="voice, 3 s", colour=style.PURPLE, marker="p"),
    Method(name="s2f_pictures", label="picture from voice (S2F)", colour=style.SKY_BLUE, marker="s"),
    Method(name="authors_f2f", label="the authors' picture from face", colour=style.ORANGE, marker="2"),
    Method(name="authors_s2f_0", label="the authors' picture from voice, 0", colour=style.GREY, marker="1"),
    Method(name="authors_s2f_07", label="the authors' picture from voice, 0.7", colour=style.GREY, marker="2"),
    Method(name="authors_s2f_14", label="the authors' picture from voice, 1.4", colour=style.GREY, marker="3"),
    Method(name="acoustic_ridge", label="pitch, formants, rate", colour=style.VERMILLION, marker="P"),
    Method(name="nearest_voice", label="nearest training voice", colour=style.GREY, marker="<"),
    Method(name="mean_face_of_sex", label="mean face of the sex", colour=style.GREY, marker=">"),
    Method(name="mean_face", label="mean face", colour=style.GREY, marker="x"),
)
"""Methods in the order in which figures and tables show them: upper bounds, models, baselines."""


def error_bars(measures: Sequence[Estimate]) -> list[list[float]]:
    """Lengths below and above each value, as Matplotlib wants them: [2, measures]."""
    return [[m.value - m.low for m in measures], [m.high - m.value for m in measures]]


def label_right(axes: Axes, text: str, measure: Estimate, row: float, colour: str) -> None:
    """Write `text` to the right of a measure's interval, which is drawn along the x axis at `row`."""
    axes.annotate(
        text, (measure.high, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=6, color=colour
    )


def as_table(summary: Summary, part: str) -> pd.DataFrame:
    """The measures whose names hold `part`, one row each."""
    rows = {name: m.as_dict() for name, m in sorted(summary.items()) if part in name}
    return pd.DataFrame.from_dict(rows, orient="index")
