"""The gain: recall and sharpness of S2F pictures over how far from the mean they are drawn, and pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.decoded import Column, draw_rows, rows_mm
from speech2face.evaluation.figures.people import is_invented, spread_evenly
from speech2face.evaluation.figures.summary import error_bars
from speech2face.evaluation.reconstructions.draw import raised
from speech2face.learning.decoder.presets import load_face_decoder

_CHARTS_MM, _ROOM_MM = 52.0, 6.0


@style.look()
def draw(chosen: Mapping[str, Any], reconstructions: pd.DataFrame, *, decoder: tuple[Path, Path], count: int) -> Figure:
    """Two charts over the gain, and below them a row of pictures for each of `count` test speakers.

    Args:
        chosen: what `reconstructions.gain.choose_gain` wrote.
        reconstructions: rows of the reconstructions phase.
        decoder: weights and config of the face decoder.

    Raises:
        ValueError: nobody chose a gain.
    """
    if not chosen["measured"]:
        raise ValueError("No validation speaker chose a gain; raise splits.validation or add speakers.")
    people = spread_evenly(reconstructions, count)
    columns = _columns(people, [row["gain"] for row in chosen["measured"]], decoder)
    pictures_mm, invented = rows_mm(columns), is_invented(reconstructions)
    height = pictures_mm + _ROOM_MM + _CHARTS_MM + (style.MARK_MM if invented else 0)
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=height, invented=invented)
    draw_rows(figure, people, columns, decoder)
    bottom = (style.MARK_MM if invented else 0) + 10
    for position, name in enumerate(("recall_at_10_percent", "sharpness")):
        axes = figure.add_axes((0.1 + 0.5 * position, bottom / height, 0.38, (_CHARTS_MM - 16) / height))
        _chart(axes, chosen, name)
    return figure


def _columns(people: pd.DataFrame, gains: list[float], decoder: tuple[Path, Path]) -> list[Column]:
    network = load_face_decoder(*decoder)
    voices = np.stack(people["voice_embedding"].to_list()).astype(np.float32)
    drawn = {gain: list(raised(voices, network, gain)) for gain in (0.0, *gains)}
    true = Column(head="true face", faces=people["original"].to_list())
    return [true, *(Column(head=f"gain {gain:g}", faces=faces, apart=not gain) for gain, faces in drawn.items())]


def _chart(axes: Axes, chosen: Mapping[str, Any], name: str) -> None:
    rows = [row for row in chosen["measured"] if name in row]
    gains = [row["gain"] for row in rows]
    measures = [Estimate(**row[name]) for row in rows]
    if name == "sharpness":
        first = measures[0].value
        measures = [Estimate(value=m.value / first, low=m.low / first, high=m.high / first, n=m.n) for m in measures]
    values = [measure.value for measure in measures]
    axes.errorbar(gains, values, yerr=error_bars(measures), color=style.BLUE, marker="o", capsize=2, elinewidth=0.8)
    for gain, value in zip(gains, values, strict=True):
        if gain == chosen["gain"]:
            axes.plot(gain, value, "o", ms=11, mfc="none", color=style.VERMILLION)
    axes.set(xlabel="gain", ylim=(0, None))
    if name == "sharpness":
        axes.set(title="Sharpness of the picture", ylabel="of that at the first gain")
    else:
        axes.axhline(10, color=style.GREY, linestyle="--", linewidth=0.8, zorder=1)
        axes.set(title=f"R@10 %, {chosen['people']} validation speakers", ylabel="% (chance: dashed)")
