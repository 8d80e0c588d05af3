"""One picture of an answer: the faces, the map of doubt, the numbers as bars, and the sentences.

Bars have pale parts for what is possible without the voice and dark ones for what this voice leaves.
"""

import math
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from speech2face.base.estimates import Estimate, Interval, PredictionRegion
from speech2face.data.sources.attributes import calibrated
from speech2face.product.inference.pictures import doubt_picture

_MARGIN, _GAP = 48, 16
_BIG, _SMALL = 384, 184
_COLUMNS = 4
_LEFT = (_MARGIN, _MARGIN + _BIG + 2 * _GAP, _MARGIN + _BIG + 4 * _GAP + _COLUMNS * (_SMALL + _GAP) - _GAP)
_WIDTH = _LEFT[2] + _SMALL + _MARGIN
_TITLES = ("Expected face", "What else it could be: eight draws", "Doubt")
_INK, _GREY, _PAPER = (24, 26, 30), (104, 110, 118), (255, 255, 255)
_PALE, _LINE_COLOUR = (222, 226, 231), (200, 205, 211)
_DARK, _WARNING, _WARNING_PAPER = (32, 86, 140), (196, 116, 20), (253, 246, 235)
_BAR = 10
_NUMBERS, _LINE = 236, 24
"""Heights of the row of numbers, and of a line of words."""
_RATIO_ROWS, _RATIO_LINE, _RATIO_NAME = 7, 26, 164
"""Measures below each other, the height of each, and the width of its name."""
_FINE = 4
"""Shapes are drawn so many times larger, and reduced: their edges are smooth."""


def draw_sheet(
    *,
    picture: UInt8[np.ndarray, "height width 3"],
    others: Sequence[UInt8[np.ndarray, "height width 3"]],
    doubt: Float[np.ndarray, "height width"],
    doubt_coverage: float,
    attributes: Mapping[str, PredictionRegion],
    ratios: Mapping[str, Interval],
    prior_intervals: Mapping[str, tuple[float, float]],
    bits: Estimate | None,
    sentences: Sequence[str],
    people: str,
    notice: str,
) -> Image.Image:
    """The sheet, RGB; of one width for all answers, and as high as its words need.

    Args:
        bits: of information, of `n` people; None where the voice is flagged: the first sentence is then a warning.
        people: of whom the sets and intervals are true.

    See the fields of `Answer` for the others.
    """
    flagged = bits is None
    lines = [line for sentence in sentences[flagged:] for line in _wrapped(sentence, 15, _WIDTH - 2 * _MARGIN)]
    small = _wrapped(notice, 13, _WIDTH - 2 * _MARGIN)
    top = _MARGIN + 40
    numbers = top + _BIG + 2 * _GAP
    words = numbers + (84 if flagged else _NUMBERS) + _GAP
    bottom = words + len(lines) * _LINE + _GAP
    sheet = _Sheet(bottom + len(small) * 20 + _MARGIN)
    sheet.pictures(top, picture, others, doubt, doubt_coverage)
    sheet.rule(numbers - _GAP)
    if bits is None:
        sheet.warning(numbers, sentences[0])
    else:
        sheet.information(numbers, bits)
        sheet.attributes(numbers, attributes, people)
        sheet.ratios(numbers, ratios, prior_intervals)
    sheet.rule(words - _GAP // 2)
    for number, line in enumerate(lines):
        sheet.text(_MARGIN, words + 6 + number * _LINE, line, 15)
    for number, line in enumerate(small):
        sheet.text(_MARGIN, bottom + 6 + number * 20, line, 13, _GREY)
    return sheet.image


class _Sheet:
    """A white sheet, and what is drawn on it."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (_WIDTH, height), _PAPER)
        self._draw = ImageDraw.Draw(self.image)

    def pictures(
        self, top: int, picture: np.ndarray, others: Sequence[np.ndarray], doubt: np.ndarray, doubt_coverage: float
    ) -> None:
        """The faces, the map of doubt, and their titles."""
        for left, title in zip(_LEFT, _TITLES, strict=True):
            self.text(left, _MARGIN, title, 20)

        def show(shown: Image.Image, left: int, upper: int, side: int) -> None:
            self.image.paste(shown.convert("RGB").resize((side, side), Image.Resampling.LANCZOS), (left, upper))
            self._draw.rectangle((left, upper, left + side - 1, upper + side - 1), outline=_PALE)

        show(Image.fromarray(picture), _LEFT[0], top, _BIG)
        for number, other in enumerate(others):
            row, column = divmod(number, _COLUMNS)
            step = _SMALL + _GAP
            show(Image.fromarray(other), _LEFT[1] + column * step, top + row * step, _SMALL)
        show(doubt_picture(doubt), _LEFT[2], top, _SMALL)
        legend = top + _SMALL + _GAP
        for step in range(_SMALL):
            grey = round(255 * step / (_SMALL - 1))
            self._draw.line((_LEFT[2] + step, legend, _LEFT[2] + step, legend + _BAR), fill=(grey, grey, grey))
        self._draw.rectangle((_LEFT[2], legend, _LEFT[2] + _SMALL - 1, legend + _BAR), outline=_LINE_COLOUR)
        self.text(_LEFT[2], legend + 16, "sure", 13, _GREY)
        self.text(_LEFT[2] + _SMALL, legend + 16, "anything", 13, _GREY, anchor="ra")
        said = f"How far brightness may be off, for {doubt_coverage:.0%} of the pixels on average"
        for number, line in enumerate(_wrapped(said, 13, _SMALL)):
            self.text(_LEFT[2], legend + 44 + number * 18, line, 13, _GREY)

    def warning(self, top: int, sentence: str) -> None:
        """Why nothing is told."""
        self._draw.rectangle((_MARGIN, top, _WIDTH - _MARGIN, top + 68), fill=_WARNING_PAPER)
        self._draw.rectangle((_MARGIN, top, _MARGIN + 5, top + 68), fill=_WARNING)
        for number, line in enumerate(_wrapped(sentence, 16, _WIDTH - 2 * _MARGIN - 48)[:2]):
            self.text(_MARGIN + 24, top + 12 + number * _LINE, line, 16)

    def information(self, top: int, information: Estimate) -> None:
        """Bits on a scale that ends where one face is told from all others."""
        self.text(_LEFT[0], top, "What the voice tells of the face", 16)
        number = f"{information.value:.1f}"
        self.text(_LEFT[0], top + 30, number, 46, _DARK)
        width = ImageFont.load_default(46).getlength(number)
        self.text(_LEFT[0] + width + 8, top + 58, f"bits  ({information.low:.1f} to {information.high:.1f})", 16)
        most = math.log2(information.n)
        bar = top + 116
        self._bar(bar, _LEFT[0], _BIG, (0.0, most), (max(0.0, information.low), information.high), information.value)
        ends = {0.0: "0", 1.0: "1", most: f"{most:.1f}"}
        said = {0.0: "nothing", 1.0: "sex alone,\nat most", most: f"one of\n{information.n:,} faces"}
        for bits, mark in ends.items():
            if bits > most:
                continue
            at = _LEFT[0] + _BIG * bits / most
            self._draw.line((at, bar + _BAR + 2, at, bar + _BAR + 8), fill=_GREY)
            anchor = {0.0: "la", most: "ra"}.get(bits, "ma")
            self.text(at, bar + 22, mark, 13, anchor=anchor)
            # The words of 0 would run into those of 1.
            if bits:
                self._lines(at, bar + 40, said[bits], anchor)

    def attributes(self, top: int, regions: Mapping[str, PredictionRegion], people: str) -> None:
        """Sets as labels, intervals as bars on the scale of the attribute."""
        left = _LEFT[1]
        width = 2 * (_SMALL + _GAP) - 2 * _GAP
        self.text(left, top, "Traits", 16)
        if not regions:
            said = "This model tells no trait of a person and no measure of a face."
            for number, line in enumerate(_wrapped(said, 14, width)):
                self.text(left, top + 34 + number * 20, line, 14, _GREY)
            return
        y = top + 36
        for known in calibrated():
            if known.name in regions:
                scale = known.scale or known.bounds
                y = self._attribute(y, left, width, known.words.capitalize(), regions[known.name], scale)
        coverage = next(iter(regions.values())).coverage
        for number, line in enumerate(
            _wrapped(f"Such sets and intervals hold for {coverage:.0%} of {people}.", 13, width)
        ):
            self.text(left, y + number * 18, line, 13, _GREY)

    def _attribute(
        self, y: int, left: int, width: int, name: str, region: PredictionRegion, scale: tuple[float, float]
    ) -> int:
        """One trait; returns where the next begins."""
        self.text(left, y, name, 14, _GREY)
        if isinstance(region, Interval):
            self.text(left + width, y, f"{region.low:.0f} to {region.high:.0f} {region.unit}", 14, anchor="ra")
            ends = min(scale[0], region.low), max(scale[1], region.high)
            self._bar(y + 26, left, width, ends, (region.low, region.high), region.typical)
            self.text(left, y + 40, f"{ends[0]:.0f}", 12, _GREY)
            self.text(left + width, y + 40, f"{ends[1]:.0f}", 12, _GREY, anchor="ra")
            return y + 68
        at = float(left + width)
        for value in reversed(region.values or ("cannot be told",)):
            wide = ImageFont.load_default(14).getlength(value) + 24
            fill, ink = (_DARK, _PAPER) if region.values else (_PALE, _INK)
            self._round(at - wide, y - 5, at, y + 21, fill)
            self.text(at - wide / 2, y - 1, value, 14, ink, anchor="ma")
            at -= wide + 8
        return y + 44

    def ratios(
        self, top: int, ratios: Mapping[str, Interval], prior_intervals: Mapping[str, tuple[float, float]]
    ) -> None:
        """Intervals of measures as bars inside those without a voice."""
        left = _LEFT[1] + 2 * (_SMALL + _GAP) + _GAP
        if not ratios:
            return
        self.text(left, top, f"{len(ratios)} measures of the face", 16)
        self.text(_WIDTH - _MARGIN, top + 3, "pale: without a voice   dark: with this voice", 13, _GREY, anchor="ra")
        column = (_WIDTH - _MARGIN - left - 2 * _GAP) // 2
        for number, (name, interval) in enumerate(ratios.items()):
            across, down = divmod(number, _RATIO_ROWS)
            x, y = left + across * (column + 2 * _GAP), top + 38 + down * _RATIO_LINE
            self.text(x, y, name.replace("_", " "), 13)
            low, high = prior_intervals[name]
            ends = min(low, interval.low), max(high, interval.high)
            wide = column - _RATIO_NAME
            self._bar(y + 4, x + _RATIO_NAME, wide, ends, (interval.low, interval.high), interval.typical)

    def _bar(
        self, y: int, left: float, width: float, ends: tuple[float, float], held: tuple[float, float], typical: float
    ) -> None:
        """A pale bar from one end to the other, dark where the interval is, with a mark at what is typical."""

        def at(value: float) -> float:
            return left + width * (value - ends[0]) / (ends[1] - ends[0])

        self._round(left, y, left + width, y + _BAR, _PALE)
        self._round(at(held[0]), y, max(at(held[1]), at(held[0]) + _BAR), y + _BAR, _DARK)
        if at(held[1]) - at(held[0]) > 2 * _BAR:
            self._round(at(typical) - 3, y + 2, at(typical) + 3, y + _BAR - 2, _PAPER)

    def _round(self, left: float, top: float, right: float, bottom: float, fill: tuple[int, int, int]) -> None:
        """A rectangle whose ends are half circles."""
        x, y, wide, high = int(left), int(top), math.ceil(right) - int(left), math.ceil(bottom) - int(top)
        mask = Image.new("L", (wide * _FINE, high * _FINE))
        box = [_FINE * value for value in (left - x, top - y, right - x, bottom - y)]
        ImageDraw.Draw(mask).rounded_rectangle(box, _FINE * (bottom - top) / 2, fill=255)
        self.image.paste(fill, (x, y, x + wide, y + high), mask.reduce(_FINE))

    def rule(self, y: int) -> None:
        """A thin line from margin to margin."""
        self._draw.line((_MARGIN, y, _WIDTH - _MARGIN, y), fill=_LINE_COLOUR)

    def text(
        self, x: float, y: float, text: str, size: int, ink: tuple[int, int, int] = _INK, *, anchor: str = "la"
    ) -> None:
        self._draw.text((x, y), text, ink, ImageFont.load_default(size), anchor=anchor)

    def _lines(self, x: float, y: float, text: str, anchor: str) -> None:
        for number, line in enumerate(text.split("\n")):
            self.text(x, y + 17 * number, line, 13, _GREY, anchor=anchor)


def _wrapped(text: str, size: int, width: float) -> list[str]:
    # A letter of this font is half as wide as it is high, on average.
    return textwrap.wrap(text, int(width / (0.5 * size)))
