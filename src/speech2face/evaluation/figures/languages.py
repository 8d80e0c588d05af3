"""Other languages: pictures of the same talkers in several, and the measured differences; paper, figure 10."""

import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.decoded import Column, draw_rows, rows_mm, voices_of
from speech2face.evaluation.figures.people import is_invented, language_name, spread_evenly
from speech2face.evaluation.figures.summary import Summary, error_bars, label_right
from speech2face.evaluation.metrics.labels import name_of
from speech2face.evaluation.metrics.languages import DISTANCE, OTHERS, OWN, OWN_AGAIN

RECALL = "recall_at_10_percent"

_GROUP_COLOURS = (style.GREEN, style.ORANGE, style.SKY_BLUE, style.PURPLE, style.VERMILLION)
_TRUE = "faces"
_LEAST_WRITTEN = 12
"""Percent of a bar that has room for its number."""
_AROUND_MM, _ROW_MM = 24.0, 4.5


@style.look()
def draw(
    summary: Summary, trial: pd.DataFrame, reconstructions: pd.DataFrame, *, decoder: tuple[Path, Path], count: int
) -> Figure:
    """A row of pictures for each of `count` test talkers, one a language, above the measures of each language.

    Args:
        summary: of the family `languages`.
        trial: of languages.
        reconstructions: for the true faces.
        decoder: weights and config of the face decoder.

    Raises:
        ValueError: there is no recording, or no other language was measured.
    """
    if trial.empty:
        raise ValueError("There is no test talker to draw languages of; raise splits.test or add speakers.")
    rows = _rows(trial, summary)
    if OTHERS not in rows or OWN not in rows:
        raise ValueError(
            f"The summary lacks s2f.languages.{OTHERS}.{DISTANCE} or s2f.languages.{OWN}.{RECALL}; "
            "set trials.languages, add 10 to metrics.percentages, or raise splits.test."
        )
    own = trial[trial["condition"] == trial["language"]]
    people = spread_evenly(own, count)
    shown = [code for code in rows if code not in (OTHERS, _TRUE)]
    columns = _columns(trial, people["clip_id"].to_list(), shown, reconstructions)
    pictures_mm = rows_mm(columns)
    figure = style.new_figure(
        width_mm=style.DOUBLE_MM, height_mm=pictures_mm + _AROUND_MM + _ROW_MM * len(rows), invented=is_invented(trial)
    )
    draw_rows(figure, people, columns, decoder)
    style.lay_out(figure, top_mm=pictures_mm)
    groups = _groups(summary)
    panels = figure.subplots(1, 3 if groups else 2, sharey=True)
    panels[0].set_yticks(range(len(rows)), list(rows.values()))
    panels[0].set_ylim(len(rows) - 0.5, -0.6)
    positions = {name_of(code): row for row, code in enumerate(rows)}
    _draw_shift(panels[0], summary, positions)
    _draw_recall(panels[1], summary, positions)
    if groups:
        _draw_groups(panels[2], summary, positions, groups)
    return figure


def _rows(trial: pd.DataFrame, summary: Summary) -> dict[str, str]:
    """The rows of the charts, top to bottom, with their labels."""
    spoken = [code for code in trial["condition"].unique() if code != OWN_AGAIN]
    labels = {OWN: "own language", OWN_AGAIN: "own, again"} | {code: language_name(code) for code in spoken}
    labels |= {OTHERS: "mean of others"}
    rows = {
        code: label
        for code, label in labels.items()
        if f"s2f.languages.{name_of(code)}.{DISTANCE if code != OWN else RECALL}" in summary
    }
    return rows | ({_TRUE: "true faces"} if _groups(summary) else {})


def _groups(summary: Summary) -> list[str]:
    found = (re.fullmatch(rf"{_TRUE}\.languages\.read_as_(\w+)", name) for name in summary)
    return sorted(match[1] for match in found if match)


def _columns(
    trial: pd.DataFrame,
    clips: Sequence[str],
    spoken: Sequence[str],
    reconstructions: pd.DataFrame,
) -> list[Column]:
    columns = [
        Column(head="true face", faces=reconstructions.set_index("clip_id").loc[list(clips), "original"].to_list())
    ]
    own = trial[trial["condition"] == trial["language"]]
    heads = {OWN: "own\nlanguage", OWN_AGAIN: "own,\nagain"}
    for position, code in enumerate(spoken):
        part = own if code == OWN else trial[trial["condition"] == code]
        head = heads.get(code, language_name(code).replace(" (", "\n("))
        columns.append(Column(head=head, faces=voices_of(part, clips), apart=position == 0))
    return columns


def _draw_shift(axes: Axes, summary: Summary, positions: Mapping[str, int]) -> None:
    _draw_points(axes, summary, {name: row for name, row in positions.items() if name != OWN}, DISTANCE, "{:.2f}")
    between = summary[f"s2f.languages.talkers.{DISTANCE}"].value
    axes.axvline(between, color=style.GREY, linestyle="--", linewidth=0.8)
    axes.annotate(
        "two talkers", (between, 1), xycoords=("data", "axes fraction"), xytext=(-3, -2), textcoords="offset points",
        ha="right", va="top", fontsize=6, color=style.GREY,
    )  # fmt: skip
    axes.set(title="How far the face moves", xlabel="distance from own language\n(1 − centred cosine)")
    axes.set_xlim(0, 1.15 * between)


def _draw_recall(axes: Axes, summary: Summary, positions: Mapping[str, int]) -> None:
    _draw_points(axes, summary, positions, RECALL, "{:.0f}")
    chance = summary[f"chance.languages.{RECALL}"]
    axes.axvline(chance.value, color=style.GREY, linestyle="--", linewidth=0.8)
    axes.annotate(
        "chance", (chance.value, 1), xycoords=("data", "axes fraction"), xytext=(3, -2), textcoords="offset points",
        va="top", fontsize=6, color=style.GREY,
    )  # fmt: skip
    axes.set(title="Recall of the true face", xlabel=f"recall at 10 % (%)\nof {chance.n} test talkers", xlim=(0, 100))


def _draw_points(axes: Axes, summary: Summary, positions: Mapping[str, int], what: str, form: str) -> None:
    for name, row in positions.items():
        if (measure := summary.get(f"s2f.languages.{name}.{what}")) is None:
            continue
        colour = style.BLUE if name in (OWN, OWN_AGAIN) else style.VERMILLION
        axes.errorbar([measure.value], [row], xerr=error_bars([measure]), color=colour, marker="o", ms=3.5, capsize=2)
        label_right(axes, form.format(measure.value), measure, row, colour)


def _draw_groups(axes: Axes, summary: Summary, positions: Mapping[str, int], groups: Sequence[str]) -> None:
    """The shares of the groups that the probe reads, stacked."""
    prefixes = {
        row: f"{_TRUE}.languages" if name == _TRUE else f"s2f.languages.{name}" for name, row in positions.items()
    }
    prefixes = {row: prefix for row, prefix in prefixes.items() if f"{prefix}.read_as_{groups[0]}" in summary}
    left = dict.fromkeys(prefixes, 0.0)
    for group, colour in zip(groups, itertools.cycle(_GROUP_COLOURS), strict=False):
        shares = {row: summary[f"{prefix}.read_as_{group}"].value for row, prefix in prefixes.items()}
        axes.barh(
            list(shares), list(shares.values()), left=list(left.values()), height=0.7, color=colour,
            label=group.replace("_", " "),
        )  # fmt: skip
        for row, share in shares.items():
            if share >= _LEAST_WRITTEN:
                axes.text(left[row] + share / 2, row, f"{share:.0f}", ha="center", va="center", fontsize=6)
            left[row] += share
    axes.set(title="What a probe reads (% of talkers)", xlim=(0, 100))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3, columnspacing=1, handlelength=1)
