"""One picture of an answer: the expected face, the other faces, the map of doubt, and the sentences."""

import textwrap
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from speech2face.product.inference.pictures import doubt_picture

_BIG, _GAP, _MARGIN, _LINE = 320, 8, 24, 23
_SMALL = (_BIG - _GAP) // 2
_COLUMNS = 4
_LEFT = (_MARGIN, 2 * _MARGIN + _BIG, 3 * _MARGIN + _BIG + _COLUMNS * (_SMALL + _GAP) - _GAP)
_WIDTH = _LEFT[2] + _BIG + _MARGIN
_TITLES = ("Expected face", "What else this voice could look like", "Where it is doubtful (white: anything)")
_INK, _PALE, _PAPER = (28, 30, 34), (110, 114, 120), (255, 255, 255)
_LETTERS = 150


def draw_sheet(
    *,
    picture: UInt8[np.ndarray, "height width 3"],
    others: Sequence[UInt8[np.ndarray, "height width 3"]],
    doubt: Float[np.ndarray, "height width"],
    sentences: Sequence[str],
    notice: str,
) -> Image.Image:
    """The sheet, RGB; of one width for all answers, and as high as its words need. See the fields of `Answer`."""
    lines = [
        line
        for sentence in sentences
        for line in textwrap.wrap(sentence, _LETTERS, initial_indent="- ", subsequent_indent="  ")
    ]
    lines_of_notice = textwrap.wrap(notice, _LETTERS)
    top = 2 * _MARGIN
    words = top + _BIG + _MARGIN
    bottom = words + len(lines) * _LINE + _MARGIN // 2
    sheet = Image.new("RGB", (_WIDTH, bottom + len(lines_of_notice) * _LINE + _MARGIN), _PAPER)
    draw, font, small = ImageDraw.Draw(sheet), ImageFont.load_default(17), ImageFont.load_default(14)

    def show(shown: Image.Image, left: int, upper: int, side: int) -> None:
        sheet.paste(shown.convert("RGB").resize((side, side), Image.Resampling.LANCZOS), (left, upper))

    for left, title in zip(_LEFT, _TITLES, strict=True):
        draw.text((left, _MARGIN // 2), title, _INK, font)
    show(Image.fromarray(picture), _LEFT[0], top, _BIG)
    for number, other in enumerate(others):
        row, column = divmod(number, _COLUMNS)
        show(Image.fromarray(other), _LEFT[1] + column * (_SMALL + _GAP), top + row * (_SMALL + _GAP), _SMALL)
    show(doubt_picture(doubt), _LEFT[2], top, _BIG)
    for number, line in enumerate(lines):
        draw.text((_MARGIN, words + number * _LINE), line, _INK, font)
    for number, line in enumerate(lines_of_notice):
        draw.text((_MARGIN, bottom + number * _LINE), line, _PALE, small)
    return sheet
