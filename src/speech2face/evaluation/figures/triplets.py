"""Triplets: the true face, the face decoded from its own embedding (F2F) and from the voice (S2F); paper, figure 3."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.people import describe, is_invented, shorten, spread_evenly

ROWS = {"original": "true face", "f2f": "from the face\nembedding\n(F2F)", "s2f": "from the voice\n(S2F)"}
"""Columns of the reconstructions, top to bottom, and the label of each row."""

_MOST_COLUMNS = 6
_SIDE_MM, _GAP_MM = 19.5, 1.0  # twelve triplets then stay under 300 KB, small enough for a page of docs
_LEFT_MM, _LINE_MM, _SPACE_MM = 21.0, 3.1, 2.5
_LETTERS_IN_LINE = 11


@style.look()
def draw(reconstructions: pd.DataFrame, *, count: int, rows: Mapping[str, str] = ROWS) -> Figure:
    """Columns of pictures, one for each of `rows`, for `count` test speakers, or for all where there are fewer.

    Args:
        reconstructions: rows of the reconstructions phase; the speakers shown are those of
            `people.spread_evenly`, each with the first clip.
        rows: columns of `reconstructions`, top to bottom, and the label of each row.

    Raises:
        ValueError: there is no clip.
    """
    if reconstructions.empty:
        raise ValueError("There is no test clip to draw triplets of; raise splits.test or add speakers.")
    shown = [{str(k): v for k, v in row.items()} for row in spread_evenly(reconstructions, count).to_dict("records")]
    columns = min(len(shown), _MOST_COLUMNS)
    bands = math.ceil(len(shown) / columns)
    pitch = _SIDE_MM + _GAP_MM
    title_mm = _LINE_MM * max(len(_title(clip)) for clip in shown) + _SPACE_MM
    labels_mm = _LINE_MM * max(len(describe(clip)) for clip in shown) + _SPACE_MM
    band_mm = title_mm + len(rows) * pitch + labels_mm
    invented = is_invented(reconstructions)
    figure = style.new_figure(
        width_mm=_LEFT_MM + columns * pitch + _SPACE_MM,
        height_mm=bands * band_mm + (style.MARK_MM if invented else 0),
        invented=invented,
    )
    for position, clip in enumerate(shown):
        left, top = _LEFT_MM + position % columns * pitch, position // columns * band_mm + title_mm
        _draw_column(figure, clip, rows, left_mm=left, top_mm=top)
    for band in range(bands):
        for row, label in enumerate(rows.values()):
            middle = band * band_mm + title_mm + row * pitch + _SIDE_MM / 2
            style.add_text(figure, label, x_mm=_LEFT_MM - 2, y_mm=middle, ha="right", va="center")
    return figure


def _title(clip: Mapping[str, object]) -> list[str]:
    """The speaker's name in one line, or in two where it is a long file name."""
    name = shorten(str(clip["speaker_id"]), 2 * _LETTERS_IN_LINE)
    return [name[at : at + _LETTERS_IN_LINE] for at in range(0, len(name), _LETTERS_IN_LINE)]


def _draw_column(
    figure: Figure, clip: Mapping[str, Any], rows: Mapping[str, str], *, left_mm: float, top_mm: float
) -> None:
    pitch, centre = _SIDE_MM + _GAP_MM, left_mm + _SIDE_MM / 2
    title, labels = "\n".join(_title(clip)), "\n".join(describe(clip))
    style.add_text(figure, title, x_mm=centre, y_mm=top_mm - 1, ha="center", va="bottom", weight="bold")
    for row, name in enumerate(rows):
        style.add_picture(figure, clip[name], left_mm=left_mm, top_mm=top_mm + row * pitch, side_mm=_SIDE_MM)
    style.add_text(figure, labels, x_mm=centre, y_mm=top_mm + len(rows) * pitch, ha="center", va="top", fontsize=6)
