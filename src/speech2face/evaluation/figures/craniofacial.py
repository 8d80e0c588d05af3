"""Craniofacial measures: landmarks in true, F2F and S2F pictures, and whether their shapes agree; paper, figure 5."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from speech2face.evaluation import paper
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.people import describe, is_invented, shorten, spread_evenly
from speech2face.evaluation.figures.summary import Method, Summary, error_bars
from speech2face.evaluation.figures.triplets import ROWS
from speech2face.evaluation.metrics.craniofacial import MEAN
from speech2face.evaluation.metrics.proportions import RATIOS

SERIES = (
    Method(name="s2f", label="F2F with S2F, as in the paper", colour=style.BLUE, marker="o"),
    Method(name="faces_s2f", label="true face with S2F", colour=style.BLACK, marker="D"),
    Method(name="faces_f2f", label="true face with F2F", colour=style.ORANGE, marker="^"),
)
"""The comparisons of `metrics.craniofacial` with their labels and markers."""
LEVEL = 0.05
"""Markers are filled where p, corrected for the number of measures, is below this."""

_LEFT_MM, _TITLE_MM, _LINE_MM, _GAP_MM, _WIDEST_MM = 21.0, 5.0, 3.1, 1.0, 24.5
_ROW_MM, _AROUND_MM = 5.4, 25.0
_LETTER_MM = 1.7
_APART = 0.22


@style.look()
def draw(summary: Summary, reconstructions: pd.DataFrame, *, count: int) -> Figure:
    """Pictures of `count` test speakers with their landmarks, above the correlation of each measure.

    Args:
        summary: of `metrics.craniofacial`.
        reconstructions: rows of the reconstructions phase; the speakers shown are those of `people.spread_evenly`, each
            with the first clip.

    Raises:
        ValueError: the summary holds no correlation of F2F with S2F pictures, or there is no clip.
    """
    measured = {ratio.name: ratio.title for ratio in RATIOS if _name("s2f", ratio.name) in summary}
    if not measured:
        raise ValueError(
            "The summary holds no s2f.craniofacial.*.correlation;"
            " that needs three test speakers in whose F2F and S2F pictures a face is found."
        )
    if reconstructions.empty:
        raise ValueError("There is no test clip to draw landmarks of; raise splits.test or add speakers.")
    shown = [{str(k): v for k, v in row.items()} for row in spread_evenly(reconstructions, count).to_dict("records")]
    side_mm = min(_WIDEST_MM, (style.DOUBLE_MM - _LEFT_MM) / len(shown) - _GAP_MM)
    labels_mm = _LINE_MM * (max(len(describe(clip)) for clip in shown) + 1)
    pictures_mm = _TITLE_MM + len(ROWS) * (side_mm + _GAP_MM) + labels_mm
    figure = style.new_figure(
        width_mm=style.DOUBLE_MM,
        height_mm=pictures_mm + (len(measured) + 1) * _ROW_MM + _AROUND_MM,
        invented=is_invented(reconstructions),
    )
    _draw_pictures(figure, shown, side_mm)
    style.lay_out(figure, top_mm=pictures_mm)
    _draw_correlations(figure.subplots(), summary, {**measured, MEAN: f"mean of {len(measured)} (untested)"})
    return figure


def _name(method: str, measure: str) -> str:
    return f"{method}.craniofacial.{measure}.correlation"


def _draw_pictures(figure: Figure, shown: Sequence[Mapping[str, Any]], side_mm: float) -> None:
    pitch = side_mm + _GAP_MM
    for row, label in enumerate(ROWS.values()):
        middle = _TITLE_MM + row * pitch + side_mm / 2
        style.add_text(figure, label, x_mm=_LEFT_MM - 2, y_mm=middle, ha="right", va="center")
    for position, clip in enumerate(shown):
        left = _LEFT_MM + position * pitch
        centre = left + side_mm / 2
        title = shorten(str(clip["speaker_id"]), int(side_mm / _LETTER_MM))
        style.add_text(figure, title, x_mm=centre, y_mm=_TITLE_MM - 1, ha="center", va="bottom", weight="bold")
        for row, kind in enumerate(ROWS):
            axes = style.add_picture(figure, clip[kind], left_mm=left, top_mm=_TITLE_MM + row * pitch, side_mm=side_mm)
            _draw_landmarks(axes, clip[f"{kind}_landmarks"])
        below = _TITLE_MM + len(ROWS) * pitch
        style.add_text(figure, "\n".join(describe(clip)), x_mm=centre, y_mm=below, ha="center", va="top", fontsize=6)


def _draw_landmarks(axes: Axes, landmarks: np.ndarray | None) -> None:
    if landmarks is None:
        axes.text(
            0.5, 0.05, "no face found", transform=axes.transAxes, ha="center", fontsize=6,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )  # fmt: skip
        return
    (picture,) = axes.get_images()
    # Points are in parts of the sides; a picture's pixels are counted from the middle of the first.
    x, y = np.reshape(landmarks, (-1, 2)).T * picture.get_size()[0] - 0.5
    axes.autoscale(False)
    axes.plot(x, y, ".", ms=0.9, color=style.GREEN)


def _draw_correlations(axes: Axes, summary: Summary, rows: Mapping[str, str]) -> None:
    axes.use_sticky_edges = False  # or the bands would end at the frame, as if they were cut off
    for row, measure in enumerate(rows):
        random = summary[_name("random", measure)]
        axes.barh(
            row, random.high - random.low, left=random.low, height=0.8, color=style.GREY, alpha=0.22, lw=0,
            label="random pairs, middle 95 %" if row == 0 else None,
        )  # fmt: skip
        for position, method in enumerate(SERIES):
            if found := summary.get(_name(method.name, measure)):
                p = summary.get(f"{method.name}.craniofacial.{measure}.p_corrected")
                filled = p is None or p.value < LEVEL
                axes.errorbar(
                    [found.value], [row + (position - 1) * _APART], xerr=error_bars([found]), color=method.colour,
                    marker=method.marker, mfc=method.colour if filled else "white", ms=3.2, capsize=1.5, elinewidth=0.8,
                )  # fmt: skip
        axes.text(
            1.02,
            row,
            _correlation_text(summary, measure),
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=6,
        )
    names = list(rows)
    known = [(paper.CRANIOFACIAL[name], row) for row, name in enumerate(names) if name in paper.CRANIOFACIAL]
    axes.plot(
        *zip(*known, strict=True), "*", ms=7, mfc="white", color=style.VERMILLION, zorder=5,
        label="paper, AVSpeech: F2F with S2F",
    )  # fmt: skip
    axes.axvline(0, color=style.GREY, lw=0.6)
    axes.axhline(len(rows) - 1.5, color=style.GREY, lw=0.6)
    heading = "F2F with S2F:\nr (95 %), corrected p"
    axes.text(1.02, -0.6, heading, transform=axes.get_yaxis_transform(), va="bottom", fontsize=6)
    axes.set_yticks(range(len(rows)), list(rows.values()))
    axes.grid(False, axis="y")
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel="Pearson's r over clips")
    axes.set_title(f"Agreement in shape: {summary[_name('s2f', MEAN)].n} test speakers")
    for method in SERIES:
        axes.plot([], [], color=method.colour, marker=method.marker, ms=3.2, label=method.label)
    axes.plot([], [], "o", color=style.BLACK, mfc="white", ms=3.2, label=f"hollow: corrected p ≥ {LEVEL}")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3)


def _correlation_text(summary: Summary, measure: str) -> str:
    found: Estimate = summary[_name("s2f", measure)]
    text = f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
    p = summary.get(f"s2f.craniofacial.{measure}.p_corrected")
    if p is None:
        return text
    return f"{text}, {'< 0.001' if p.value < 0.001 else f'{p.value:.3f}'}"
