"""The data sheet of the invented world: faces, voices and languages of its talkers."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.people import describe, language_name, spread_evenly

SHOWN = 18

_COLUMNS = 9
_SIDE_MM, _GAP_MM, _LABELS_MM, _MARGIN_MM = 18.0, 1.2, 7.5, 1.5
_CHARTS_MM = 96.0
_BINS = 24


@style.look()
def draw(truth: pd.DataFrame, clips: pd.DataFrame) -> Figure:
    """A sheet of faces above the distributions of pitch, formants and age and the counts of languages by group.

    Args:
        truth: one row a talker (`talkers.make.TRUTH`), of the whole world.
        clips: rows of the clips phase, of one shard or more; the middle frame of `people.spread_evenly`'s
            talkers is shown.

    Raises:
        ValueError: no clip has a frame.
    """
    usable = clips[clips["status"] == "ok"]
    if usable.empty:
        raise ValueError("No clip of the shard has a frame to show; logs/clips says why they were rejected.")
    shown = spread_evenly(usable, SHOWN).to_dict("records")
    row_mm = _SIDE_MM + _LABELS_MM
    faces_mm = _MARGIN_MM + math.ceil(len(shown) / _COLUMNS) * row_mm
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=faces_mm + _CHARTS_MM, invented=True)
    for position, clip in enumerate(shown):
        left = _MARGIN_MM + position % _COLUMNS * (_SIDE_MM + _GAP_MM)
        top = _MARGIN_MM + position // _COLUMNS * row_mm
        frame = clip["frames"][len(clip["frames"]) // 2]
        style.add_picture(figure, frame, left_mm=left, top_mm=top, side_mm=_SIDE_MM)
        labels = "\n".join(describe({str(k): v for k, v in clip.items()}))
        centre = left + _SIDE_MM / 2
        style.add_text(figure, labels, x_mm=centre, y_mm=top + _SIDE_MM + 0.5, ha="center", va="top", fontsize=5.5)
    style.lay_out(figure, top_mm=faces_mm)
    rows = GridSpec(2, 1, figure=figure, height_ratios=(1.2, 1))
    upper = rows[0].subgridspec(1, 3)
    pitch, formants, ages = (figure.add_subplot(upper[column]) for column in range(3))
    _draw_histogram(pitch, truth, "pitch_hz", "pitch (Hz)")
    _draw_histogram(formants, truth, "formant_scale", "formant scale")
    _draw_pitch_by_age(ages, truth)
    _draw_languages(figure.add_subplot(rows[1]), truth)
    return figure


def _draw_histogram(axes: Axes, truth: pd.DataFrame, column: str, label: str) -> None:
    edges = np.linspace(truth[column].min(), truth[column].max(), _BINS + 1).tolist()
    for sex, part in truth.groupby("sex"):
        axes.hist(part[column], edges, color=style.SEX_COLOURS[str(sex)], alpha=0.65, label=f"{sex} ({len(part)})")
    axes.set(xlabel=label, ylabel="talkers")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)


def _draw_pitch_by_age(axes: Axes, truth: pd.DataFrame) -> None:
    for sex, part in truth.groupby("sex"):
        axes.plot(part["age"], part["pitch_hz"], ".", ms=2, color=style.SEX_COLOURS[str(sex)], alpha=0.6)
    axes.set(xlabel="age (years)", ylabel="pitch (Hz)")


def _draw_languages(axes: Axes, truth: pd.DataFrame) -> None:
    counts = pd.crosstab(truth["ethnicity"], truth["language"])
    # Languages stand below the group that speaks them most, the commonest first.
    counts = counts[sorted(counts, key=lambda code: (counts[code].argmax(), -counts[code].max()))]
    axes.imshow(counts, cmap="Blues", vmin=0, vmax=1.4 * counts.to_numpy().max(), aspect="auto")
    for (row, column), count in np.ndenumerate(counts.to_numpy()):
        axes.text(column, row, str(count), ha="center", va="center", fontsize=6.5)
    names = [language_name(code).replace(" (", "\n(") for code in counts]
    axes.set_xticks(range(counts.shape[1]), names, rotation=35, ha="right", fontsize=6)
    axes.set_yticks(range(counts.shape[0]), counts.index)
    axes.set_title("Talkers of each group who speak each language")
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
