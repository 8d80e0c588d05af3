"""Cartoons: the picture that a voice gives as a cartoonist would draw it; paper, figure 12."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from speech2face.base.images import decode_image
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.avatar import add_avatar, draw_avatar
from speech2face.evaluation.figures.looks import look_at
from speech2face.evaluation.figures.people import describe, is_invented, shorten, spread_evenly

TITLES = ("true face", "from the voice\n(S2F)", "cartoon of\nthe S2F picture")

_BLOCKS = 2
_SIDE_MM, _GAP_MM, _BETWEEN_MM, _EDGE_MM = 26.0, 1.0, 8.0, 2.0
_TOP_MM, _LABEL_MM = 8.5, 5.0
_LETTERS = 24


@style.look()
def draw(reconstructions: pd.DataFrame, *, count: int) -> Figure:
    """Two blocks of rows of the true face, the picture from the voice and its cartoon, for `count` test speakers.

    Args:
        reconstructions: rows of the reconstructions phase; the speakers shown are those of `people.spread_evenly`, each
            with the first clip. Where no face was found in the picture, nobody is drawn.

    Raises:
        ValueError: there is no clip, or the file is of a time before landmarks were kept.
    """
    if reconstructions.empty:
        raise ValueError("There is no test clip to draw cartoons of; raise splits.test or add speakers.")
    if "s2f_landmarks" not in reconstructions:
        raise ValueError("The reconstructions hold no s2f_landmarks to draw cartoons by; make them again.")
    shown = [{str(k): v for k, v in row.items()} for row in spread_evenly(reconstructions, count).to_dict("records")]
    blocks = min(_BLOCKS, len(shown))
    rows = -(-len(shown) // blocks)
    block_mm, row_mm = len(TITLES) * (_SIDE_MM + _GAP_MM) - _GAP_MM + _BETWEEN_MM, _SIDE_MM + _LABEL_MM
    invented = is_invented(reconstructions)
    figure = style.new_figure(
        width_mm=2 * _EDGE_MM + blocks * block_mm - _BETWEEN_MM,
        height_mm=_TOP_MM + rows * row_mm + (style.MARK_MM if invented else 0),
        invented=invented,
    )
    for block in range(blocks):
        for position, title in enumerate(TITLES):
            centre = _EDGE_MM + block * block_mm + position * (_SIDE_MM + _GAP_MM) + _SIDE_MM / 2
            style.add_text(figure, title, x_mm=centre, y_mm=_TOP_MM - 1, ha="center", va="bottom")
    for position, clip in enumerate(shown):
        left, top = _EDGE_MM + position // rows * block_mm, _TOP_MM + position % rows * row_mm
        _draw_row(figure, clip, left_mm=left, top_mm=top)
    return figure


def _draw_row(figure: Figure, clip: Mapping[str, Any], *, left_mm: float, top_mm: float) -> None:
    pitch = _SIDE_MM + _GAP_MM
    for position, name in enumerate(("original", "s2f")):
        style.add_picture(figure, clip[name], left_mm=left_mm + position * pitch, top_mm=top_mm, side_mm=_SIDE_MM)
    if clip["s2f_landmarks"] is None:
        middle = left_mm + 2 * pitch + _SIDE_MM / 2
        style.add_text(
            figure, "no face found", x_mm=middle, y_mm=top_mm + _SIDE_MM / 2, ha="center", va="center", color=style.GREY
        )
    else:
        looks = look_at(decode_image(clip["s2f"]), np.reshape(clip["s2f_landmarks"], (-1, 2)))
        width, height = figure.get_size_inches() * 25.4
        left, bottom = left_mm + 2 * pitch, height - top_mm - _SIDE_MM
        axes = figure.add_axes((left / width, bottom / height, _SIDE_MM / width, _SIDE_MM / height))
        add_avatar(axes, draw_avatar(looks))
    words = ", ".join([shorten(str(clip["speaker_id"]), _LETTERS), *describe(clip)])
    style.add_text(figure, words, x_mm=left_mm, y_mm=top_mm + _SIDE_MM + 0.7, ha="left", va="top", fontsize=6)
