"""Longer recordings: pictures, recall and similarity by length; paper, figure 6 and tables 2 and 3."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from speech2face.base.intervals import Estimate
from speech2face.evaluation import paper
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.decoded import Column, draw_rows, rows_mm, voices_of
from speech2face.evaluation.figures.people import is_invented, spread_evenly
from speech2face.evaluation.figures.summary import Summary, error_bars
from speech2face.evaluation.metrics.lengths import AGAINST, ANGLE, REFERENCE

RECALL = "recall_at_10_percent"
PAPER: Mapping[str, Mapping[int, float]] = {
    RECALL: {seconds: paper.RECALL[seconds, "cosine"][10] for seconds in (3, 6)},
    ANGLE: {seconds: paper.SIMILARITY[seconds]["cosine_degrees"][0] for seconds in (3, 6)},
}
"""The paper's values by the length in seconds."""


@dataclass(frozen=True, kw_only=True)
class _Quantity:
    title: str
    unit: str
    change: str
    baseline: str
    baseline_label: str


_QUANTITIES = {
    RECALL: _Quantity(
        title="Recall at 10 %",
        unit="recall (%)",
        change="recall (points)",
        baseline=f"chance.lengths.{RECALL}",
        baseline_label="chance",
    ),
    ANGLE: _Quantity(
        title="Angle to the true face",
        unit="angle (degrees)",
        change="angle (degrees)",
        baseline=f"mean_face.lengths.{ANGLE}",
        baseline_label="mean face",
    ),
}
_CHARTS_MM = 52.0


@style.look()
def draw(
    summary: Summary, trial: pd.DataFrame, reconstructions: pd.DataFrame, *, decoder: tuple[Path, Path], count: int
) -> Figure:
    """A row of pictures for each of `count` test speakers, one a length, above recall and angle by the length.

    Args:
        summary: of the family `lengths`.
        trial: of lengths.
        reconstructions: for the true faces.
        decoder: weights and config of the face decoder.

    Raises:
        ValueError: there is no clip, or the lengths were not measured.
    """
    if trial.empty:
        raise ValueError("There is no test clip to draw lengths of; raise splits.test or add speakers.")
    seconds = _measured(summary)
    if not seconds:
        raise ValueError(
            f"The summary holds no s2f.lengths.<seconds>.{RECALL}; add 10 to metrics.percentages, or raise splits.test."
        )
    people = spread_evenly(trial, count)
    columns = _columns(trial, people["clip_id"].to_list(), reconstructions)
    pictures_mm = rows_mm(columns)
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=pictures_mm + _CHARTS_MM, invented=is_invented(trial))
    draw_rows(figure, people, columns, decoder)
    style.lay_out(figure, top_mm=pictures_mm)
    # Without the reference length there are no changes from it.
    compared = {at: name for at, name in seconds.items() if f"s2f.lengths.{name}.{AGAINST}.{RECALL}" in summary}
    kinds = 2 if compared else 1
    panels = figure.subplots(1, kinds * len(_QUANTITIES))
    for position, what in enumerate(_QUANTITIES):
        _draw_course(panels[kinds * position], summary, seconds, what)
        if compared:
            _draw_changes(panels[kinds * position + 1], summary, compared, what)
    return figure


def _measured(summary: Summary) -> dict[float, str]:
    """The part of a measure's name that is a length, by its seconds."""
    found = (re.fullmatch(rf"s2f\.lengths\.([0-9_]+)\.{RECALL}", name) for name in summary)
    return dict(sorted((float(match[1].replace("_", ".")), match[1]) for match in found if match))


def _columns(trial: pd.DataFrame, clips: Sequence[str], reconstructions: pd.DataFrame) -> list[Column]:
    originals = reconstructions.set_index("clip_id").loc[list(clips), "original"]
    columns = [Column(head="true face", faces=originals.to_list())]
    for position, condition in enumerate(trial["condition"].unique()):
        voices = voices_of(trial[trial["condition"] == condition], clips)
        columns.append(Column(head=f"{condition} s", faces=voices, apart=position == 0))
    return columns


def _draw_course(axes: Axes, summary: Summary, seconds: Mapping[float, str], what: str) -> None:
    """The quantity by length, with the paper's values and the baseline."""
    quantity = _QUANTITIES[what]
    measures = [summary[f"s2f.lengths.{name}.{what}"] for name in seconds.values()]
    _draw_points(axes, list(seconds), measures, line="-")
    baseline = summary[quantity.baseline].value
    axes.axhline(baseline, color=style.GREY, linestyle="--", linewidth=0.8)
    axes.annotate(
        quantity.baseline_label, (max(seconds), baseline), xytext=(0, 2), textcoords="offset points", ha="right",
        va="bottom", fontsize=6, color=style.GREY,
    )  # fmt: skip
    _draw_paper(axes, PAPER[what])
    axes.set(title=quantity.title, ylabel=quantity.unit, xlabel=f"seconds of audio ({measures[0].n} speakers)")
    axes.set_ylim(bottom=0, top=100 if what == RECALL else None)


def _draw_changes(axes: Axes, summary: Summary, seconds: Mapping[float, str], what: str) -> None:
    """The paired difference from the reference length."""
    measures = [summary[f"s2f.lengths.{name}.{AGAINST}.{what}"] for name in seconds.values()]
    _draw_points(axes, list(seconds), measures, line="")
    axes.axhline(0, color=style.GREY, linestyle="--", linewidth=0.8)
    reference = int(REFERENCE)
    _draw_paper(axes, {at: value - PAPER[what][reference] for at, value in PAPER[what].items() if at != reference})
    axes.set(title=f"Change from {REFERENCE} s", ylabel=_QUANTITIES[what].change, xlabel="seconds of audio")


def _draw_points(axes: Axes, seconds: Sequence[float], measures: Sequence[Estimate], *, line: str) -> None:
    axes.errorbar(
        seconds, [m.value for m in measures], error_bars(measures), color=style.BLUE, marker="o", ms=3, capsize=2,
        elinewidth=0.8, linestyle=line,
    )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.margins(x=0.08, y=0.12)


def _draw_paper(axes: Axes, values: Mapping[int, float]) -> None:
    axes.plot(list(values), list(values.values()), "*", ms=8, mfc="white", color=style.VERMILLION, zorder=5)
    last = max(values)
    axes.annotate(
        "paper", (last, values[last]), xytext=(6, 0), textcoords="offset points", va="center", fontsize=6,
        color=style.VERMILLION,
    )  # fmt: skip
