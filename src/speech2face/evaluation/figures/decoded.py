"""Rows of faces that the face decoder draws of a few speakers' embeddings, one row a speaker."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from speech2face.base.images import encode_png, to_pictures
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.people import describe, shorten
from speech2face.learning.decoder.presets import decode, load_face_decoder

LEFT_MM, HEAD_MM = 25.0, 8.0
"""Width of the labels of rows, and height of those of columns."""

_GAP_MM, _ROOM_MM, _MOST_MM = 1.0, 2.5, 20.0
_LETTERS_IN_NAME = 14


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of pictures.

    Attributes:
        faces: one a row; pictures (JPEG or PNG bytes) as they are, embeddings as the face decoder draws them.
        apart: whether a little room is left before it.
    """

    head: str
    faces: Sequence[bytes | np.ndarray]
    apart: bool = False


def decode_pictures(embeddings: Sequence[np.ndarray], decoder: tuple[Path, Path]) -> list[bytes]:
    """Each embedding decoded to a picture (PNG).

    Args:
        decoder: weights and config of the face decoder.
    """
    drawn = decode(load_face_decoder(*decoder), torch.from_numpy(np.stack(list(embeddings)).astype(np.float32)))
    return [encode_png(picture) for picture in to_pictures(drawn)]


def voices_of(rows: pd.DataFrame, clips: Sequence[str]) -> list[np.ndarray]:
    """The embeddings that the voices of `clips` give, in their order, from rows of a trial under one condition.

    Raises:
        ValueError: the rows lack a clip.
    """
    found = rows.set_index("clip_id")["voice_embedding"]
    if missing := [clip for clip in clips if clip not in found.index]:
        raise ValueError(f"The trial holds no voice of {missing[0]} under a condition; run the workflow again.")
    return found[list(clips)].to_list()


def side_mm(columns: Sequence[Column]) -> float:
    """The side of the pictures that fills the width of the page, or a large one where columns are few."""
    room = style.DOUBLE_MM - LEFT_MM - _ROOM_MM * sum(column.apart for column in columns)
    return min(_MOST_MM, room / len(columns) - _GAP_MM)


def rows_mm(columns: Sequence[Column]) -> float:
    """Height of all rows with the words above them."""
    return HEAD_MM + len(columns[0].faces) * (side_mm(columns) + _GAP_MM)


def draw_rows(figure: Figure, people: pd.DataFrame, columns: Sequence[Column], decoder: tuple[Path, Path]) -> None:
    """Draw the columns at the top of the figure, with each row's speaker and labels on the left.

    Args:
        people: `speaker_id` and labels of each row.
        decoder: weights and config of the face decoder.
    """
    # In one batch: loading the decoder takes longer than decoding.
    embeddings = [face for column in columns for face in column.faces if isinstance(face, np.ndarray)]
    decoded = iter(decode_pictures(embeddings, decoder))
    side = side_mm(columns)
    left = LEFT_MM
    for column in columns:
        left += _ROOM_MM if column.apart else 0
        style.add_text(figure, column.head, x_mm=left + side / 2, y_mm=HEAD_MM - 1, ha="center", va="bottom")
        for row, face in enumerate(column.faces):
            picture = face if isinstance(face, bytes) else next(decoded)
            style.add_picture(figure, picture, left_mm=left, top_mm=HEAD_MM + row * (side + _GAP_MM), side_mm=side)
        left += side + _GAP_MM
    for row, person in enumerate(people.to_dict("records")):
        known = describe({str(name): value for name, value in person.items()})
        words = "\n".join([shorten(str(person["speaker_id"]), _LETTERS_IN_NAME), *known])
        middle = HEAD_MM + row * (side + _GAP_MM) + side / 2
        style.add_text(figure, words, x_mm=LEFT_MM - 2, y_mm=middle, ha="right", va="center", fontsize=6)
