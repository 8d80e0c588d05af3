"""The style of all figures: sizes, colours, fonts, and reproducible files."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox

from speech2face.base.files import atomic_path
from speech2face.base.images import decode_image

DOUBLE_MM = 175.0
"""Width of the two columns of a paper's page; no figure is wider."""
INVENTED = "invented talkers"
"""The mark in every figure of the invented world."""
MARK_MM = 4.0
"""Height of the strip at the bottom that says that the people are invented."""
DOTS_PER_INCH = 200

# Okabe and Ito's palette, whose colours people with any colour vision can tell apart (jfly.uni-koeln.de/color).
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
BLACK = "#000000"
GREY = "#777777"
SEX_COLOURS = {"female": ORANGE, "male": BLUE}

_MM_PER_INCH = 25.4
_SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.labelsize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.5,
    "pdf.fonttype": 42,  # embedded TrueType, which journals ask for
    "svg.hashsalt": "speech2face",  # names inside the file are random without it
}


@contextlib.contextmanager
def look() -> Iterator[None]:
    """Matplotlib's own defaults with this project's on top; independent of the user's settings."""
    with matplotlib.style.context(["default", _SETTINGS]):
        yield


def new_figure(*, width_mm: float, height_mm: float, invented: bool) -> Figure:
    """An empty figure of the given size, for use inside `look`.

    Args:
        invented: the people are of the invented world; the bottom right corner then says so, in a strip of
            `MARK_MM` that axes have to stay out of.
    """
    figure = Figure(figsize=(width_mm / _MM_PER_INCH, height_mm / _MM_PER_INCH))
    if invented:
        add_text(
            figure, INVENTED, x_mm=width_mm - 1.5, y_mm=height_mm - 1, ha="right", va="bottom",
            style="italic", color=GREY,
        )  # fmt: skip
    return figure


def lay_out(figure: Figure, *, top_mm: float = 0.0) -> None:
    """Let Matplotlib place the axes of grids, out of the bottom strip and of the top `top_mm`."""
    bottom, height = MARK_MM / height_mm(figure), 1 - (MARK_MM + top_mm) / height_mm(figure)
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=(0, bottom, 1, height), w_pad=0.06, h_pad=0.04))


def height_mm(figure: Figure) -> float:
    """The figure's height."""
    return figure.get_figheight() * _MM_PER_INCH


def add_picture(
    figure: Figure, data: bytes, *, left_mm: float, top_mm: float, side_mm: float, frame: str | None = None
) -> Axes:
    """A square picture (JPEG or PNG bytes) at a position measured from the top left corner.

    Args:
        frame: colour of a thick frame around it; None: no frame.
    """
    width, height = figure.get_figwidth() * _MM_PER_INCH, height_mm(figure)
    axes = figure.add_axes((left_mm / width, 1 - (top_mm + side_mm) / height, side_mm / width, side_mm / height))
    axes.imshow(decode_image(data), aspect="auto")
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(frame is not None)
    if frame is not None:
        axes.spines[:].set(color=frame, linewidth=2.5)
    return axes


def add_text(figure: Figure, text: str, *, x_mm: float, y_mm: float, **how: object) -> None:
    """Text at a position measured from the top left corner; `how` goes to Matplotlib."""
    width = figure.get_figwidth() * _MM_PER_INCH
    figure.text(x_mm / width, 1 - y_mm / height_mm(figure), text, **how)  # type: ignore[arg-type]


def save(figure: Figure, stem: Path) -> None:
    """Write `<stem>.png` (200 dots an inch), `<stem>.pdf` and `<stem>.svg`, each written atomically.

    The bytes depend on the figure alone: no date, no version, fonts from Matplotlib's own copy.
    """
    with look():
        _settle(figure)
        with atomic_path(_named(stem, "png")) as temporary:
            figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
        with atomic_path(_named(stem, "pdf")) as temporary:
            metadata = dict.fromkeys(("CreationDate", "Creator", "Producer"))
            figure.savefig(temporary, format="pdf", dpi=DOTS_PER_INCH, metadata=metadata)
        with atomic_path(_named(stem, "svg")) as temporary:
            metadata = dict.fromkeys(("Date", "Creator"))
            figure.savefig(temporary, format="svg", dpi=DOTS_PER_INCH, metadata=metadata)


def _settle(figure: Figure) -> None:
    """Lay the figure out once and fix the positions of its axes, rounded.

    The layout is solved anew at every drawing and differs in its last digits from run to run; names inside an SVG file
    are hashes of such numbers.
    """
    figure.set_dpi(DOTS_PER_INCH)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(Bbox(axes.get_position(original=True).get_points().round(6)))


def _named(stem: Path, suffix: str) -> Path:
    # Not with_suffix: a stem may hold a point of its own.
    stem = Path(stem)
    return stem.with_name(f"{stem.name}.{suffix}")
