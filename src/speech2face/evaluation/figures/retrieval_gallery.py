"""A wall of retrievals: for many voices the ten nearest faces; the paper's supplement shows 100 of AVSpeech."""

import math

import pandas as pd
from matplotlib.figure import Figure

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.mosaic import FRAME_DOTS, MM_PER_DOT, Sheet, thumbnail
from speech2face.evaluation.figures.people import first_clips, is_invented, shorten
from speech2face.evaluation.figures.retrieval_examples import retrieve_shown

RETRIEVED = 10

_SIDE, _PITCH = 45, 51  # dots; room for a frame on either side
_LEFT, _TOP, _APART, _EDGE = 66, 54, 8, 4
_BLOCKS = 2
_LETTERS_IN_NAME = 6


@style.look()
def draw(reconstructions: pd.DataFrame, *, count: int) -> Figure:
    """A row a voice, in two blocks: S2F picture, true face, the ten nearest faces with the true one framed, its rank.

    The gallery holds the first clip of every test speaker; the voices shown are those of `people.spread_evenly`.

    Args:
        reconstructions: rows of the reconstructions phase.
        count: the most voices.

    Raises:
        ValueError: there is no clip.
    """
    if reconstructions.empty:
        raise ValueError("There is no test clip for the wall of retrievals; raise splits.test or add speakers.")
    gallery = first_clips(reconstructions)
    retrievals = retrieve_shown(gallery, count, RETRIEVED)
    faces = [thumbnail(picture, _SIDE) for picture in gallery["original"]]
    columns = min(RETRIEVED, len(gallery))
    block = _LEFT + _APART + (2 + max(columns, 2)) * _PITCH
    rows = math.ceil(len(retrievals) / _BLOCKS)
    blocks = math.ceil(len(retrievals) / rows)
    sheet = Sheet(width=blocks * block, height=rows * _PITCH)
    invented = is_invented(reconstructions)
    figure = style.new_figure(
        width_mm=(blocks * block + _EDGE) * MM_PER_DOT,
        height_mm=(_TOP + rows * _PITCH + _EDGE) * MM_PER_DOT + (style.MARK_MM if invented else 0),
        invented=invented,
    )
    for number in range(blocks):
        _draw_heads(figure, number * block, columns)
    for position, (own, retrieval) in enumerate(retrievals.items()):
        left, top = position // rows * block, position % rows * _PITCH + FRAME_DOTS
        clip = gallery.iloc[own]
        sheet.paste(thumbnail(clip["s2f"], _SIDE), left=left + _column(0), top=top)
        sheet.paste(faces[own], left=left + _column(1), top=top)
        for nearest, row in enumerate(retrieval.nearest):
            frame = style.GREEN if row == own else None
            sheet.paste(faces[row], left=left + _column(2 + nearest), top=top, frame=frame)
        label = f"{shorten(clip['speaker_id'], _LETTERS_IN_NAME)}\n{retrieval.rank}/{len(gallery)}"
        at = {"x_mm": (left + _column(0) - 5) * MM_PER_DOT, "y_mm": (_TOP + top + _SIDE / 2) * MM_PER_DOT}
        style.add_text(figure, label, **at, ha="right", va="center", fontsize=5)
    sheet.draw(figure, left=0, top=_TOP)
    return figure


def _column(number: int) -> int:
    """Left edge of a picture in its block; the retrieved ones, from the third on, stand a little apart."""
    return _LEFT + number * _PITCH + (_APART if number >= 2 else 0)


def _draw_heads(figure: Figure, left: int, columns: int) -> None:
    heads = ["from\nvoice", "true\nface", "nearest\n1", *(str(position) for position in range(2, columns + 1))]
    bottom = (_TOP - 5) * MM_PER_DOT
    for column, head in enumerate(heads):
        middle = (left + _column(column) + _SIDE / 2) * MM_PER_DOT
        style.add_text(figure, head, x_mm=middle, y_mm=bottom, ha="center", va="bottom", fontsize=6)
    edge = (left + _LEFT - 5) * MM_PER_DOT
    style.add_text(figure, "rank", x_mm=edge, y_mm=bottom, ha="right", va="bottom", fontsize=6)
