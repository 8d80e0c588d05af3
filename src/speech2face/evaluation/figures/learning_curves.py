"""Learning curves: training and validation loss of the face decoder and of the voice encoder; paper, figure 8."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from speech2face.evaluation.figures import style


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Labels of one model's losses."""

    title: str
    unit: str
    terms: tuple[str, ...]
    """Terms of the training loss whose sum is comparable with the validation loss."""
    train: str
    validation: str


DECODER = Panel(
    title="Face decoder",
    unit="texture error + weighted landmark error",
    terms=("texture", "landmarks"),
    train="training",
    validation="validation",
)
ENCODER = Panel(
    title="Voice encoder",
    unit="squared error, predictions at best length\n(1: predicting the mean face)",
    terms=("mean_squared",),
    train="training: random cuts",
    validation="validation: whole clips",
)


def read_history(path: Path) -> pd.DataFrame:
    """The losses that training wrote, a JSON list: by `epoch`, or by `penalty` where the fit has a closed form."""
    return pd.read_json(path)


def axis_of(history: pd.DataFrame) -> str:
    """What the losses are given by: `epoch`, or the `penalty` of a fit in closed form."""
    return "epoch" if "epoch" in history else "penalty"


def best_value(history: pd.DataFrame) -> float:
    """The epoch or penalty whose weights were kept: the first with the lowest validation loss."""
    return float(history[axis_of(history)].loc[history["validation_loss"].idxmin()])


@style.look()
def draw(decoder: pd.DataFrame, encoder: pd.DataFrame, *, invented: bool) -> Figure:
    """A panel a model: both losses by epoch or penalty, the kept one marked.

    Args:
        decoder, encoder: histories with `epoch` or `penalty`, `train_loss`, its terms, and `validation_loss`.
        invented: the models were trained on the invented world.
    """
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=80, invented=invented)
    style.lay_out(figure)
    left, right = figure.subplots(1, 2)
    _draw_panel(left, decoder, DECODER)
    left.set_ylim(bottom=0)
    right.axhline(1, color=style.GREY, linestyle="--", label="predicting the mean face")
    _draw_panel(right, encoder, ENCODER)
    right.set_ylim(bottom=0)
    return figure


def _draw_panel(axes: Axes, history: pd.DataFrame, panel: Panel) -> None:
    axis, best = axis_of(history), best_value(history)
    lowest = history["validation_loss"].min()
    axes.plot(history[axis], history["validation_loss"], "s-", ms=2, color=style.BLUE, label=panel.validation)
    axes.plot(best, lowest, "*", ms=9, color=style.VERMILLION, label=f"kept: {axis} {best:g}, validation {lowest:.3g}")
    if set(panel.terms) <= set(history.columns):
        trained = history[list(panel.terms)].sum(axis=1)
        axes.plot(history[axis], trained, "o-", ms=2, color=style.SKY_BLUE, label=panel.train)
    else:
        # Another loss was trained on, in a unit of its own: only its course compares.
        course = history["train_loss"] / history["train_loss"].iloc[0] * history["validation_loss"].iloc[0]
        label = f"{panel.train}; own loss, scaled to start there"
        axes.plot(history[axis], course, "o:", ms=2, color=style.SKY_BLUE, label=label)
    if axis == "epoch":
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set(xlabel="epoch", xlim=(0.5, len(history) + 0.5))
    else:
        axes.set(xlabel="penalty of the ridge regression", xscale="log")
    axes.set(title=panel.title, ylabel=panel.unit)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17))
