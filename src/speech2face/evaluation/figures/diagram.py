"""A page for diagrams: boxes, arrows and small axes in millimetres from its top left corner."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from speech2face.evaluation.figures import style

SMALL = 5.5
"""Font size of text by default."""


@dataclass(frozen=True, kw_only=True)
class Fill:
    """Colour and opacity of a part."""

    colour: str
    opacity: float


class Page:
    """A figure to draw on in millimetres from its top left corner."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self._width, self._height = style.DOUBLE_MM, style.height_mm(figure)
        self._axes = figure.add_axes((0, 0, 1, 1), xlim=(0, self._width), ylim=(self._height, 0))
        self._axes.set_axis_off()

    def text(self, words: str, x: float, y: float, *, size: float = SMALL, **how: Any) -> None:
        """Words, vertically centred."""
        self._axes.text(x, y, words, size=size, va="center", **how)

    def box(self, x: tuple[float, float], y: tuple[float, float], fill: Fill, words: str = "") -> None:
        """A rounded box with words in its middle, the first line of them bold."""
        corner, sides = (x[0], y[0]), (x[1] - x[0], y[1] - y[0])
        shape = "round,pad=0,rounding_size=1"
        self._axes.add_patch(FancyBboxPatch(corner, *sides, shape, fc=fill.colour, alpha=fill.opacity, lw=0))
        self._axes.add_patch(FancyBboxPatch(corner, *sides, shape, fc="none", ec=fill.colour, lw=0.6))
        first, *rest = words.split("\n")
        middle, line = sum(x) / 2, 2.6
        top = sum(y) / 2 - line * len(rest) / 2
        self.text(first, middle, top, ha="center", weight="bold")
        for position, words_below in enumerate(rest, start=1):
            self.text(words_below, middle, top + position * line, ha="center")

    def bar(self, middle: tuple[float, float], sides: tuple[float, float], fill: Fill) -> None:
        """A rectangle around its middle."""
        corner = middle[0] - sides[0] / 2, middle[1] - sides[1] / 2
        self._axes.add_patch(Rectangle(corner, *sides, fc=fill.colour, alpha=fill.opacity, lw=0))
        self._axes.add_patch(Rectangle(corner, *sides, fc="none", ec=fill.colour, lw=0.6))

    def arrow(self, *points: tuple[float, float], dashed: bool = False) -> None:
        """A line through points whose end is an arrow."""
        x, y = zip(*points[:-1], strict=True)
        how: dict[str, Any] = {"color": style.BLACK, "linewidth": 0.7, "linestyle": "--" if dashed else "-"}
        self._axes.plot(x, y, **how)
        head = {"arrowstyle": "-|>,head_width=0.12,head_length=0.25", "shrinkA": 0, "shrinkB": 0, "fc": style.BLACK}
        self._axes.annotate("", points[-1], points[-2], arrowprops=head | how)

    def inset(self, x: float, y: float, width: float, height: float) -> Axes:
        """Empty axes without ticks and frame, measured from their top left corner."""
        position = (x / self._width, 1 - (y + height) / self._height, width / self._width, height / self._height)
        axes = self.figure.add_axes(position, xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        return axes

    def embedding(self, values: np.ndarray, x: float, y: float, height: float) -> None:
        """A face embedding as a column of colours."""
        self.inset(x, y, 3, height).imshow(values[:, None], aspect="auto", cmap="PuOr", vmin=-3, vmax=3)
