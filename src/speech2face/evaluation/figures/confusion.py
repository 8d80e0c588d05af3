"""Confusion matrices of what a probe reads in the original and in the S2F picture; paper, figure 4a."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from speech2face.base.intervals import Estimate
from speech2face.evaluation import paper
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.summary import Summary, error_bars
from speech2face.evaluation.metrics.labels import ATTRIBUTES, name_of

PAPER_S2F = {"sex": paper.SEX_S2F, "age_band": paper.AGE_S2F, "ethnicity": paper.ETHNICITY_S2F}
NOTE = (
    "Cells: percent of the row; framed: the same label; in brackets after a row's label: its speakers, in the paper's "
    "matrices its clips.\n"
    "Agreement: clips with the same label on both sides. Commonest: if always the commonest row label were given. "
    "Balanced: mean of\nthe diagonal, all labels counting alike; the line is what always giving one label scores. "
    "Vermilion: no better than always giving\none label. In brackets after a percentage: 95 % interval over speakers."
)

# Millimetres: the gutters hold the labels of rows, the panels what is drawn.
_GUTTERS = {"sex": 20.0, "age_band": 19.0, "ethnicity": 21.0}
_PANELS = {"sex": 33.0, "age_band": 44.0, "ethnicity": 36.0}
_HEADER, _MATRIX, _TICKS, _STRIP, _GAP, _NOTE = 10.0, 29.0, 4.0, 10.5, 4.0, 12.0
# The colour of grid lines.
_PALE = "#E4E4E4"
_STRIPS = {"agreement": "agreement", "commonest": "majority", "balanced": "balanced_agreement"}


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A confusion matrix as it is drawn.

    Attributes:
        cells: percent of each row, rows and columns named like the labels in measures.
        counts: how many speakers or clips are behind each row.
        agreements: the measures of the whole matrix that `metrics.confusion` names.
    """

    cells: pd.DataFrame
    counts: Sequence[int]
    agreements: Mapping[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class Band:
    """Matrices that stand beside each other, by attribute."""

    title: str
    matrices: Mapping[str, Matrix]
    colour: str


@style.look()
def draw(summary: Summary, *, invented: bool) -> Figure:
    """Matrices of the original against the S2F picture, of this run above the paper's.

    Raises:
        ValueError: the summary holds no such matrix.
    """
    return draw_bands(
        [
            run_band(summary, "s2f_pictures", "original (rows), S2F picture (columns)"),
            paper_band(PAPER_S2F, "original (rows), S2F picture (columns)"),
        ],
        invented=invented,
    )


def run_band(summary: Summary, what: str, title: str) -> Band:
    """The matrices `<what>.confusion.<attribute>` of the summary.

    Raises:
        ValueError: there is none.
    """
    matrices = {}
    for attribute in ATTRIBUTES:
        prefix = f"{what}.confusion.{attribute}."
        found = (re.fullmatch(re.escape(prefix) + r"([^.]+)\.([^.]+)", name) for name in summary)
        names = {(match[1], match[2]): summary[match[0]] for match in found if match}
        if not names:
            continue
        rows = in_order({row for row, _ in names})
        columns = in_order({column for _, column in names})
        cells = pd.DataFrame([[names[row, column].value for column in columns] for row in rows], rows, columns)
        agreements = {name[len(prefix) :]: m for name, m in summary.items() if name.startswith(prefix)}
        matrices[attribute] = Matrix(
            cells=cells, counts=[names[row, columns[0]].n for row in rows], agreements=agreements
        )
    if not matrices:
        raise ValueError(f"The summary holds no {what}.confusion.*; the source of this run gives no labels.")
    return Band(title=f"This run: {title}", matrices=matrices, colour=style.BLUE)


def paper_band(matrices: Mapping[str, paper.Matrix], title: str) -> Band:
    """Matrices that the paper prints, and the agreement that follows from them and from the counts of figure 4b."""
    return Band(
        title=f"Paper (AVSpeech, read by Face++): {title}",
        matrices={attribute: _of_paper(attribute, matrix) for attribute, matrix in matrices.items()},
        colour=style.GREY,
    )


def _of_paper(attribute: str, matrix: paper.Matrix) -> Matrix:
    cells = 100 * pd.DataFrame.from_dict(matrix, orient="index").sort_index().sort_index(axis=1)
    names = {label: name_of(label) for label in cells.columns}
    cells = cells.rename(index=names, columns=names)
    population = paper_population(attribute)
    counts = pd.Series({name: population[name] for name in cells.index})
    diagonal = pd.Series({label: float(cells.loc[label, label]) for label in cells.index})
    values = {
        "agreement": float((diagonal * counts).sum() / counts.sum()),
        "majority": float(100 * counts.max() / counts.sum()),
        "balanced_agreement": float(diagonal.mean()),
        "balanced_majority": 100 / len(counts),
    }
    n = int(counts.sum())
    agreements = {name: Estimate(value=value, low=value, high=value, n=n) for name, value in values.items()}
    return Matrix(cells=cells, counts=counts.to_list(), agreements=agreements)


def paper_population(attribute: str) -> dict[str, int]:
    """Figure 4b: the paper's test clips by label, named as in measures."""
    # The file behind the figure calls the band under 20 `<10`, the figure `10`.
    return {name_of("10" if label == "<10" else label): count for label, count in paper.POPULATION[attribute].items()}


def draw_bands(bands: Sequence[Band], *, invented: bool) -> Figure:
    """One row of matrices a band, one column an attribute that the first band has, each above its agreement."""
    pitch = _HEADER + _MATRIX + _TICKS + _STRIP + _GAP
    height = len(bands) * pitch + _NOTE + style.MARK_MM
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=height, invented=invented)
    for position, band in enumerate(bands):
        top, left = position * pitch, 0.0
        style.add_text(figure, band.title, x_mm=2, y_mm=top + 4, weight="bold", fontsize=8)
        for attribute in bands[0].matrices:
            left += _GUTTERS[attribute]
            if matrix := band.matrices.get(attribute):
                width, middle = _PANELS[attribute], left + _PANELS[attribute] / 2
                title = attribute.replace("_", " ")
                style.add_text(figure, title, x_mm=middle, y_mm=top + _HEADER - 1, ha="center")
                cells = _axes(figure, left, top + _HEADER, width, _MATRIX)
                _draw_cells(cells, matrix, attribute, band.colour)
                strip = _axes(figure, left, top + _HEADER + _MATRIX + _TICKS, width, _STRIP)
                _draw_agreement(strip, matrix.agreements, band.colour)
            left += _PANELS[attribute]
    style.add_text(figure, NOTE, x_mm=2, y_mm=height - style.MARK_MM - 1, va="bottom", fontsize=6)
    return figure


def _axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a position in millimetres, measured from the top left corner."""
    across, down = style.DOUBLE_MM, style.height_mm(figure)
    axes = figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))
    axes.grid(False)
    axes.tick_params(length=0, pad=2)
    axes.spines[:].set_visible(False)
    return axes


def _draw_cells(axes: Axes, matrix: Matrix, attribute: str, colour: str) -> None:
    shades = LinearSegmentedColormap.from_list("shades", ["white", colour])
    axes.pcolormesh(matrix.cells, cmap=shades, vmin=0, vmax=100, edgecolors=_PALE, linewidth=0.5)
    for row, label in enumerate(matrix.cells.index):
        for column, read in enumerate(matrix.cells.columns):
            value = matrix.cells.iloc[row, column]
            ink = "white" if value > 65 else "black"
            weight = "bold" if label == read else "normal"
            axes.text(
                column + 0.5, row + 0.5, f"{value:.0f}", ha="center", va="center_baseline", color=ink, weight=weight
            )
            if label == read:
                axes.add_patch(Rectangle((column, row), 1, 1, fill=False, linewidth=0.8, clip_on=False, zorder=3))
    rows = [f"{title_of(attribute, n)} ({count})" for n, count in zip(matrix.cells.index, matrix.counts, strict=True)]
    axes.set_yticks([position + 0.5 for position in range(len(rows))], rows)
    columns = [title_of(attribute, name) for name in matrix.cells.columns]
    axes.set_xticks([position + 0.5 for position in range(len(columns))], columns)
    axes.invert_yaxis()


def _draw_agreement(axes: Axes, agreements: Mapping[str, Estimate], colour: str) -> None:
    """Bars from 0 to 100 % in the left part of the axes, their values to the right."""
    for position, name in enumerate(_STRIPS.values()):
        measure = agreements[name]
        blind = agreements["majority" if name == "agreement" else "balanced_majority"].value
        lost = name != "majority" and measure.value <= blind
        fill = style.VERMILLION if lost else _PALE if name == "majority" else colour
        axes.barh(position, measure.value, 0.7, color=fill)
        interval = ""
        if measure.low < measure.high:
            interval = f" ({measure.low:.0f}–{measure.high:.0f})"
            axes.errorbar([measure.value], [position], xerr=error_bars([measure]), color="black", elinewidth=0.8)
        axes.text(108, position, f"{measure.value:.1f}{interval}", va="center_baseline", fontsize=6.5)
    blind = agreements["balanced_majority"].value
    axes.plot([blind, blind], [1.55, 2.45], color="black", linewidth=1)
    axes.set_yticks(range(len(_STRIPS)), list(_STRIPS))
    axes.set(xlim=(0, 205), ylim=(2.6, -0.6), xticks=[])
    axes.axvline(100, color=_PALE, linewidth=0.6)


def in_order(names: set[str]) -> list[str]:
    """Labels, as measures name them, in the order shown: age bands by age, all others by name."""
    return sorted(names, key=lambda name: (not name.startswith("under_"), name))


def title_of(attribute: str, name: str) -> str:
    """The text beside an axis for a label, as measures name it."""
    if attribute != "age_band":
        return name.replace("_", " ").capitalize()
    return f"<{name.removeprefix('under_')}" if name.startswith("under_") else "80+" if name == "80" else f"{name}s"
