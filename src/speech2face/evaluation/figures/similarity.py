"""Similarity: distance of predicted from true face embeddings, as a table and as angles; paper, table 2."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.summary import METHODS, Method, Summary, error_bars
from speech2face.evaluation.paper import SIMILARITY

REFERENCES = (
    Method(name="other_clip", label="true face, another clip", colour=style.BLACK, marker="D"),
    Method(name="random_face", label="another person's face", colour=style.GREY, marker="X"),
)
"""The rows above and below all methods: the same person, and another one."""
COLUMNS = {"cosine_degrees": ("angle (°)", 2), "l2": ("L2", 3), "l1": ("L1", 2)}
"""Columns of the table: heading and digits."""
PAPER_NOTE = (
    "Paper: table 2, 5,000 clips of AVSpeech. The scale of its L2 and L1\n"
    "is not stated, and its angles are of other faces in another network:\n"
    "for orientation, not for comparison."
)

_ROW_MM, _HEAD_MM, _FOOT_MM = 6.6, 14.0, 15.0
_PAPER_LABEL = "paper, {} s of voice"


@style.look()
def draw(summary: Summary, *, invented: bool) -> Figure:
    """A table of angle, L2 and L1 beside the paper's; in the same rows the angle, and the angle after centring.

    Raises:
        ValueError: the summary holds no angle of the voice.
    """
    if "s2f.similarity.cosine_degrees" not in summary:
        raise ValueError("The summary holds no s2f.similarity.cosine_degrees; measure the family `similarity` first.")
    first, last = REFERENCES
    methods = [method for method in (first, *METHODS, last) if f"{method.name}.similarity.cosine_degrees" in summary]
    rows = len(methods) + len(SIMILARITY)
    height = _HEAD_MM + rows * _ROW_MM + _FOOT_MM
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=height, invented=invented)
    style.lay_out(figure)
    style.add_text(figure, PAPER_NOTE, x_mm=2, y_mm=height - 1, va="bottom", fontsize=6)
    table, angles, centred = figure.subplots(1, 3, width_ratios=(1.5, 1, 1), sharey=True)
    _draw_table(table, summary, methods)
    _draw_angles(angles, summary, methods, "cosine_degrees")
    _draw_angles(centred, summary, methods, "centred_cosine_degrees")
    for row, values in enumerate(SIMILARITY.values(), len(methods)):
        angles.plot(values["cosine_degrees"][0], row, "*", ms=8, mfc="white", color=style.VERMILLION)
    angles.set(title="Angle", xlabel="degrees", xlim=(0, None))
    centred.set(title="Angle after centring", xlabel="degrees (unrelated faces: 90)", xlim=(0, None))
    centred.axvline(90, color=style.GREY, linestyle="--", linewidth=0.8, zorder=1)
    table.set_yticks(
        range(rows), [method.label for method in methods] + [_PAPER_LABEL.format(length) for length in SIMILARITY]
    )
    table.set_ylim(rows - 0.5, -0.5)
    return figure


def _draw_table(axes: Axes, summary: Summary, methods: Sequence[Method]) -> None:
    axes.set(xlim=(-0.5, len(COLUMNS) - 0.5), title="Mean ± standard deviation (95 % interval)")
    axes.set_xticks(range(len(COLUMNS)), [heading for heading, _ in COLUMNS.values()])
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    for position, (column, (_, digits)) in enumerate(COLUMNS.items()):
        for row, method in enumerate(methods):
            mean, spread = (summary.get(f"{method.name}.similarity.{column}{end}") for end in ("", "_sd"))
            if mean is None:
                continue
            text = f"{mean.value:.{digits}f}" + ("" if spread is None else f" ± {spread.value:.{digits}f}")
            axes.text(position, row - 0.04, text, ha="center", va="bottom", fontsize=6.5)
            interval = f"({mean.low:.{digits}f}–{mean.high:.{digits}f})"
            axes.text(position, row + 0.04, interval, ha="center", va="top", fontsize=5.5, color=style.GREY)
        for row, values in enumerate(SIMILARITY.values(), len(methods)):
            mean_of_paper, spread_of_paper = values[column]
            text = f"{mean_of_paper:.2f} ± {spread_of_paper:.2f}"
            axes.text(position, row, text, ha="center", va="center", fontsize=6.5, color=style.VERMILLION)
    axes.axhline(len(methods) - 0.5, color=style.BLACK, linewidth=0.6)


def _draw_angles(axes: Axes, summary: Summary, methods: Sequence[Method], metric: str) -> None:
    for row, method in enumerate(methods):
        measure = summary.get(f"{method.name}.similarity.{metric}")
        if measure is None:
            continue
        axes.errorbar(
            [measure.value], [row], xerr=error_bars([measure]), color=method.colour, marker=method.marker,
            markersize=3, capsize=2, elinewidth=0.8,
        )  # fmt: skip
    axes.axhline(len(methods) - 0.5, color=style.BLACK, linewidth=0.6)
    axes.tick_params(axis="y", length=0)
