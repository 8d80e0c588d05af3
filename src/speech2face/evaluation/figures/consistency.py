"""Consistency: a talker's pictures by moment and clip, and the distances between them; paper, figure 9."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.decoded import Column, draw_rows, rows_mm, voices_of
from speech2face.evaluation.figures.people import is_invented, spread_evenly
from speech2face.evaluation.figures.summary import Method, Summary, error_bars, label_right
from speech2face.evaluation.metrics.consistency import ACROSS, NEAREST, SAME_SEX, SPEAKERS, WITHIN

DISTANCES = {
    WITHIN: "one clip,\ntwo moments",
    ACROSS: "one speaker,\ntwo clips",
    SAME_SEX: "two speakers\nof one sex",
    SPEAKERS: "any two speakers",
}
"""The measured distances, top to bottom."""


_UNITS = (
    Method(name="s2f.consistency.moments", label="voice, one moment (S2F)", colour=style.SKY_BLUE, marker="s"),
    Method(name="s2f.consistency.clips", label="voice, all moments of a clip (S2F)", colour=style.BLUE, marker="o"),
    Method(name="faces.consistency.clips", label="true faces", colour=style.BLACK, marker="D"),
)
_CHARTS_MM = 58.0
_MOST_CLIPS = 2
_BETWEEN = 0.22


@style.look()
def draw(
    summary: Summary, trial: pd.DataFrame, reconstructions: pd.DataFrame, *, decoder: tuple[Path, Path], count: int
) -> Figure:
    """A row of pictures for each of `count` test speakers, by clip and moment, above the distances between them.

    Args:
        summary: of the family `consistency`.
        trial: of moments.
        reconstructions: for the true faces.
        decoder: weights and config of the face decoder.

    Raises:
        ValueError: there is no clip, or the distances were not measured.
    """
    if trial.empty:
        raise ValueError("There is no test clip to draw moments of; raise splits.test or add speakers.")
    if f"{_UNITS[0].name}.{SPEAKERS}" not in summary:
        raise ValueError(
            f"The summary holds no {_UNITS[0].name}.{SPEAKERS}: there are too few test speakers; raise splits.test."
        )
    people = spread_evenly(trial, count)
    columns = _columns(trial, people["speaker_id"].to_list(), reconstructions)
    pictures_mm = rows_mm(columns)
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=pictures_mm + _CHARTS_MM, invented=is_invented(trial))
    draw_rows(figure, people, columns, decoder)
    style.lay_out(figure, top_mm=pictures_mm)
    units = [unit for unit in _UNITS if f"{unit.name}.{NEAREST}" in summary]
    panels = figure.subplots(1, 2 if units else 1, width_ratios=(2.2, 1) if units else None, squeeze=False)[0]
    _draw_distances(panels[0], summary)
    if units:
        _draw_nearest(panels[1], summary, units)
    return figure


def _columns(trial: pd.DataFrame, speakers: Sequence[str], reconstructions: pd.DataFrame) -> list[Column]:
    """For each clip its true face, then one picture a moment; as many clips as every speaker has."""
    clips_of = trial.groupby("speaker_id")["clip_id"].unique().map(sorted)[list(speakers)]
    originals = reconstructions.set_index("clip_id")["original"]
    columns = []
    for number in range(min(_MOST_CLIPS, clips_of.map(len).min())):
        clips = [own[number] for own in clips_of]
        columns.append(
            Column(head=f"clip {number + 1}:\ntrue face", faces=originals[clips].to_list(), apart=number > 0)
        )
        for moment in trial["condition"].unique():
            voices = voices_of(trial[trial["condition"] == moment], clips)
            columns.append(Column(head=f"voice\nfrom {moment} s", faces=voices))
    return columns


def _draw_distances(axes: Axes, summary: Summary) -> None:
    shown = [name for name in DISTANCES if f"{_UNITS[0].name}.{name}" in summary]
    for position, unit in enumerate(_UNITS):
        at = {row: f"{unit.name}.{name}" for row, name in enumerate(shown) if f"{unit.name}.{name}" in summary}
        _draw_points(axes, summary, {row + (position - 1) * _BETWEEN: name for row, name in at.items()}, unit, "{:.2f}")
    axes.set_yticks(range(len(shown)), [DISTANCES[name] for name in shown])
    axes.set(
        ylim=(len(shown) - 0.5, -0.5), xlim=(0, 1.2), xlabel="distance (1 − centred cosine)",
        title=f"Distance between faces ({summary[f'{_UNITS[0].name}.{SPEAKERS}'].n} test speakers)",
    )  # fmt: skip
    axes.legend(loc="upper right")


def _draw_nearest(axes: Axes, summary: Summary, units: Sequence[Method]) -> None:
    for row, unit in enumerate(units):
        _draw_points(axes, summary, {row: f"{unit.name}.{NEAREST}"}, unit, "{:.0f}")
    chance = summary[f"chance.consistency.{NEAREST}"].value
    axes.axvline(chance, color=style.GREY, linestyle="--", linewidth=0.8)
    axes.annotate(
        f"chance: {chance:.1f}", (chance, 0.5), xytext=(4, 0), textcoords="offset points", va="center",
        fontsize=6, color=style.GREY, annotation_clip=False,
    )  # fmt: skip
    axes.set_yticks(range(len(units)), [unit.label.split(",")[0] for unit in units])
    axes.set(ylim=(len(units) - 0.5, -0.5), xlim=(-4, 106), xlabel="clips (%)", title="Nearest clip: same speaker")


def _draw_points(axes: Axes, summary: Summary, names: Mapping[float, str], unit: Method, form: str) -> None:
    measures = [summary[name] for name in names.values()]
    axes.errorbar(
        [m.value for m in measures], list(names), xerr=error_bars(measures), color=unit.colour, marker=unit.marker,
        linestyle="", ms=3.5, capsize=2, label=unit.label,
    )  # fmt: skip
    for position, measure in zip(names, measures, strict=True):
        label_right(axes, form.format(measure.value), measure, position, unit.colour)
