"""Generation: quality of the F2F and S2F pictures beside true faces; the paper does not measure it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.summary import METHODS, Method, Summary, error_bars
from speech2face.evaluation.metrics.generation import DRAWS, TRAINING_FACES, TRUE_FACES
from speech2face.evaluation.predictions.schema import PICTURES

DRAWN = Method(name=DRAWS, label="drawn for the voice", colour=style.GREEN, marker="*")
STRANGERS = Method(name=TRAINING_FACES, label="faces of strangers", colour=style.GREY, marker="X")
ROWS = (*(method for method in METHODS if method.name in (TRUE_FACES, *PICTURES.values())), DRAWN, STRANGERS)
OWN, SAME_SEX, OTHERS = "own", "same sex", "others"
MARKS = {
    OWN: "of each clip's own face, or of the whole set",
    SAME_SEX: "between different people of one sex",
    OTHERS: "between any different people",
}
"""The kinds of measures, drawn as a filled marker, a hollow one and a bar, with their legends."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What a panel shows: the ends of its measures' names, and the key of `MARKS` by which each is drawn."""

    title: str
    unit: str
    digits: int
    measures: Mapping[str, str]


PANELS = (
    Panel(title="A face is found", unit="% of pictures", digits=1, measures={"faces.detected": OWN}),
    Panel(
        title="Likeness to the true face", unit="centred cosine", digits=2,
        measures={"generation.cosine": OWN, "generation.cosine_same_sex": SAME_SEX, "generation.cosine_other": OTHERS},
    ),
    Panel(
        title="Distance from the true face", unit="L2", digits=2,
        measures={"generation.l2": OWN, "generation.l2_same_sex": SAME_SEX, "generation.l2_other": OTHERS},
    ),
    Panel(title="Face score", unit="people told apart", digits=1, measures={"generation.face_score": OWN}),
    Panel(title="Fréchet distance", unit="to the true faces", digits=3, measures={"generation.frechet": OWN}),
    Panel(
        title="Diversity", unit="% of the true faces'", digits=0,
        measures={"generation.diversity_same_sex": SAME_SEX, "generation.diversity": OTHERS},
    ),
    Panel(title="Sharpness", unit="of the photograph's", digits=2, measures={"generation.sharpness": OWN}),
    Panel(title="Background", unit="% of white", digits=0, measures={"generation.background": OWN}),
)  # fmt: skip

_OF_PICTURES = ("faces.detected", "generation.sharpness", "generation.background")
"""Measures of pictures, whose names begin with the kind of picture; the others are of embeddings, by a method."""
_SPACING = 0.32


@style.look()
def draw(summary: Summary, *, invented: bool) -> Figure:
    """Panels of dots with intervals, a row each for true faces, F2F, S2F, draws and true faces of other people.

    Raises:
        ValueError: the summary holds no measure of the pictures.
    """
    if "s2f_pictures.generation.cosine" not in summary:
        raise ValueError(
            "The summary holds no s2f_pictures.generation.cosine: too few test speakers, or too few faces in pictures."
        )
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=160, invented=invented)
    style.lay_out(figure)
    axes = figure.subplots(3, 3, sharey=True)
    axes.flat[-1].remove()
    for position, (panel, at) in enumerate(zip(PANELS, axes.flat, strict=False)):
        _draw_panel(at, summary, panel)
        at.set_title(f"{'abcdefgh'[position]}  {panel.title}", loc="left")
    axes[1, 2].axvline(100, color=style.GREY, linestyle="--", linewidth=0.8, zorder=1)
    axes[0, 0].set_yticks(range(len(ROWS)), [row.label for row in ROWS])
    axes[0, 0].set_ylim(len(ROWS) - 0.4, -0.6)
    handles = [
        Line2D([], [], linestyle="none", color=style.BLACK, label=label, **_look_of(mark, "o"))
        for mark, label in MARKS.items()
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(MARKS))
    return figure


def _look_of(mark: str, marker: str) -> dict[str, Any]:
    return {OWN: {"marker": marker}, SAME_SEX: {"marker": marker, "mfc": "white"}, OTHERS: {"marker": "|"}}[mark]


def _draw_panel(axes: Axes, summary: Summary, panel: Panel) -> None:
    kinds = {method: kind for kind, method in PICTURES.items()}
    for row, method in enumerate(ROWS):
        for position, (end, mark) in enumerate(panel.measures.items()):
            who = kinds.get(method.name, method.name) if end in _OF_PICTURES else method.name
            measure = summary.get(f"{who}.{end}")
            if measure is None:
                continue
            at = row + _SPACING * (position - (len(panel.measures) - 1) / 2)
            axes.errorbar(
                [measure.value], [at], xerr=error_bars([measure]), color=method.colour, capsize=2, elinewidth=0.8,
                **_look_of(mark, method.marker),
            )  # fmt: skip
            axes.annotate(
                _number(measure.value, panel.digits), (measure.high, at), xytext=(4, 0), textcoords="offset points",
                va="center", fontsize=6, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            )  # fmt: skip
    # Zero is in sight, so that lengths can be compared; the numbers need room on the right.
    left, right = min(0.0, axes.get_xlim()[0]), axes.get_xlim()[1]
    axes.set_xlim(left, right + 0.16 * (right - left))
    axes.set_xlabel(panel.unit)
    axes.tick_params(axis="y", length=0)


def _number(value: float, digits: int) -> str:
    # Adding zero takes the sign off a zero that rounding has made.
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")
