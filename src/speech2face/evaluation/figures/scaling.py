"""Recall by the number of training pairs: measured, and where a straight line would lead."""

import re

from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.summary import Summary, error_bars
from speech2face.evaluation.metrics.scaling import GUESS, RECALL

_NAME = re.compile(rf"s2f\.scaling\.(?P<guess>{GUESS}\.)?(?P<pairs>\d+)\.{RECALL}")


@style.look()
def draw(summary: Summary, *, invented: bool) -> Figure:
    """Recall at 10 % by the number of training pairs, with intervals over people.

    Args:
        summary: of the family `scaling`.

    Raises:
        ValueError: nothing was measured.
    """
    measured, guessed = (_points(summary, guess) for guess in (False, True))
    if not measured:
        raise ValueError(f"The summary holds no s2f.scaling.<pairs>.{RECALL}: too few people were tested.")
    chance = summary[f"chance.scaling.{RECALL}"]
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=80.0, invented=invented)
    style.lay_out(figure)
    axes = figure.add_subplot()
    last = max(measured)
    line = {last: measured[last]} | guessed
    axes.plot(list(line), [point.value for point in line.values()], color=style.GREY, linestyle=":")
    shown = (
        (measured, "measured", style.BLUE, "o"),
        (guessed, "guess: a straight line of the logit", style.GREY, "s"),
    )
    for points, label, colour, marker in shown:
        if points:
            values = list(points.values())
            axes.errorbar(
                list(points), [point.value for point in values], yerr=error_bars(values), capsize=2, marker=marker,
                color=colour, linestyle="-" if points is measured else "none", label=label,
            )  # fmt: skip
            for pairs, point in points.items():
                axes.annotate(
                    f"{point.value:.0f}", (pairs, point.value), xytext=(5, -9), textcoords="offset points", fontsize=6.5
                )
    axes.axhline(chance.value, color=style.BLACK, linestyle="--", linewidth=0.8, label="chance")
    axes.set_xscale("log")
    axes.set(
        xlabel="training pairs of a voice and a face", ylabel="recall at 10 % (%)", ylim=(0, 100),
        title=f"Voice (S2F), {measured[last].n} people",
    )  # fmt: skip
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.12))
    return figure


def _points(summary: Summary, guess: bool) -> dict[int, Estimate]:
    """The measured or the guessed recalls, by the number of pairs."""
    found = ((_NAME.fullmatch(name), measure) for name, measure in summary.items())
    points = {int(name["pairs"]): measure for name, measure in found if name and bool(name["guess"]) == guess}
    return dict(sorted(points.items()))
