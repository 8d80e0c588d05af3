"""Convergence: learning curves, measures and pictures of the voice encoder and its variants; paper, figure 8."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import MaxNLocator

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.decoded import Column, draw_rows, rows_mm, voices_of
from speech2face.evaluation.figures.people import is_invented, spread_evenly
from speech2face.evaluation.figures.summary import Summary, error_bars

LABELS = {
    "run": "this run",
    "no_batch_norm": "no batch norm",
    "seconds_6": "trained on 6 s",
    "pixel_loss": "loss of pixels",
    "squared": "squared error",
    "l1": "L1 alone",
}
"""Labels of the variants of config/variants; others have their own name."""
_COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.ORANGE, style.PURPLE, style.SKY_BLUE, style.BLACK)
_MARKERS = "osv^DPp"
_WHAT = {
    "recall_at_10_percent": "recall at 10 % (%)",
    "error": "squared error\n(1: the mean test face)",
    "spread": "variance of predictions\n(% of true faces')",
}

_CHARTS_MM = 84.0


@style.look()
def draw(
    summary: Summary,
    histories: Mapping[str, pd.DataFrame],
    trial: pd.DataFrame,
    reconstructions: pd.DataFrame,
    *,
    decoder: tuple[Path, Path],
    count: int,
) -> Figure:
    """Validation loss by epoch, figures on the test speakers, and pictures of some of them, of each variant.

    Args:
        summary: of the family `convergence`.
        histories: learning curves by the name of the variant, the run's own first.
        trial: of the variants.
        reconstructions: for the true faces.
        decoder: weights and config of the face decoder.
        count: speakers whose pictures are shown.

    Raises:
        ValueError: a variant was not measured.
    """
    for name in histories:
        if f"{name}.convergence.error" not in summary:
            raise ValueError(f"The summary holds no {name}.convergence.error; run the workflow again.")
    shown = spread_evenly(reconstructions, count)
    columns = [Column(head="true face", faces=shown["original"].to_list())]
    for position, name in enumerate(histories):
        voices = voices_of(trial[trial["condition"] == name], shown["clip_id"].to_list())
        columns.append(Column(head=LABELS.get(name, name), faces=voices, apart=position == 0))
    pictures_mm = rows_mm(columns)
    figure = style.new_figure(
        width_mm=style.DOUBLE_MM, height_mm=pictures_mm + _CHARTS_MM, invented=is_invented(reconstructions)
    )
    draw_rows(figure, shown, columns, decoder)
    style.lay_out(figure, top_mm=pictures_mm)
    grid = GridSpec(1, 1 + len(_WHAT), figure=figure, width_ratios=(1.6, 1, 1, 1))
    _draw_curves(figure.add_subplot(grid[0]), histories)
    first = None
    for position, what in enumerate(_WHAT):
        axes = figure.add_subplot(grid[1 + position], sharey=first)
        _draw_measures(axes, summary, list(histories), what, labelled=first is None)
        first = first or axes
    return figure


def _draw_curves(axes: Axes, histories: Mapping[str, pd.DataFrame]) -> None:
    for position, (name, history) in enumerate(histories.items()):
        axes.plot(
            history["epoch"], history["validation_loss"], ms=2.5, marker=_MARKERS[position % len(_MARKERS)],
            color=_COLOURS[position % len(_COLOURS)], label=LABELS.get(name, name),
        )  # fmt: skip
    axes.axhline(1, color=style.GREY, linestyle="--", linewidth=0.8, label="the mean face")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set(xlabel="epoch", ylabel="squared error at best length, validation speakers", title="Convergence")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)


def _draw_measures(axes: Axes, summary: Summary, names: list[str], what: str, *, labelled: bool) -> None:
    for position, name in enumerate(names):
        measure = summary[f"{name}.convergence.{what}"]
        axes.errorbar(
            [measure.value], [position], xerr=error_bars([measure]), capsize=2,
            color=_COLOURS[position % len(_COLOURS)], marker=_MARKERS[position % len(_MARKERS)],
        )  # fmt: skip
        axes.annotate(
            f"{measure.value:.3g}", (measure.value, position), xytext=(0, 5), textcoords="offset points", ha="center",
            fontsize=6.5,
        )  # fmt: skip
    axes.set(xlabel=_WHAT[what], ylim=(len(names) - 0.5, -0.7))
    axes.margins(x=0.15)
    axes.set_yticks(range(len(names)), [LABELS.get(name, name) for name in names])
    axes.tick_params(labelleft=labelled)
