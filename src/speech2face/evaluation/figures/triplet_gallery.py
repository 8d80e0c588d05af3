"""A wall of triplets: true face, F2F and S2F of all test clips; the paper's supplement shows 250 of AVSpeech."""

import math

import pandas as pd
from matplotlib.figure import Figure

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.mosaic import MM_PER_DOT, Sheet, thumbnail
from speech2face.evaluation.figures.people import is_invented, spread_evenly

ROWS = {"original": "true face", "f2f": "from face\n(F2F)", "s2f": "from voice\n(S2F)"}
"""Columns of the reconstructions, top to bottom in a triplet, and the label of each row."""
COLUMNS = 25

_SIDE, _PITCH, _BAND_GAP = 50, 51, 14  # dots
_LEFT, _TOP, _EDGE = 96, 36, 4
_LEAST_COLUMNS = 8  # the heading above the wall needs their width


def choose(reconstructions: pd.DataFrame, count: int) -> pd.DataFrame:
    """The clips on the wall in the order of their names: all, or `count` spread evenly over them."""
    # Unlike in the small figures every clip counts, not only each speaker's first.
    alone = spread_evenly(reconstructions.assign(speaker_id=reconstructions["clip_id"]), count)
    return reconstructions.set_index("clip_id").loc[alone["clip_id"]].reset_index()


@style.look()
def draw(reconstructions: pd.DataFrame, *, count: int) -> Figure:
    """Bands of up to 25 columns, each column one clip's true face, F2F and S2F picture.

    Args:
        reconstructions: rows of the reconstructions phase; those of `choose` are shown.
        count: the most clips.

    Raises:
        ValueError: there is no clip.
    """
    if reconstructions.empty:
        raise ValueError("There is no test clip for the wall of triplets; raise splits.test or add speakers.")
    shown = choose(reconstructions, count)
    columns, bands = min(len(shown), COLUMNS), math.ceil(len(shown) / COLUMNS)
    band = len(ROWS) * _PITCH + _BAND_GAP
    sheet = Sheet(width=columns * _PITCH, height=bands * band)
    for position, clip in enumerate(shown.to_dict("records")):
        left, top = position % COLUMNS * _PITCH, position // COLUMNS * band
        for row, name in enumerate(ROWS):
            sheet.paste(thumbnail(clip[name], _SIDE), left=left, top=top + row * _PITCH)
    invented = is_invented(reconstructions)
    width = (_LEFT + max(columns, _LEAST_COLUMNS) * _PITCH + _EDGE) * MM_PER_DOT
    height = (_TOP + bands * band + _EDGE) * MM_PER_DOT + (style.MARK_MM if invented else 0)
    figure = style.new_figure(width_mm=width, height_mm=height, invented=invented)
    sheet.draw(figure, left=_LEFT, top=_TOP)
    head = f"{len(shown)} of {len(reconstructions)} test clips, by name"
    style.add_text(figure, head, x_mm=_LEFT * MM_PER_DOT, y_mm=1, va="top", weight="bold")
    for number in range(bands):
        top = _TOP + number * band
        for row, label in enumerate(ROWS.values()):
            at = {"x_mm": (_LEFT - 6) * MM_PER_DOT, "y_mm": (top + row * _PITCH + _SIDE / 2) * MM_PER_DOT}
            style.add_text(figure, label, **at, ha="right", va="center", fontsize=6)
    return figure
