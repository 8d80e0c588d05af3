"""Attributes: sex, age band and ethnicity as a probe reads them from faces and reconstructions; paper, figure 4."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.summary import METHODS, Method, Summary, error_bars
from speech2face.evaluation.metrics.labels import ATTRIBUTES

BASELINE = Method(name="majority", label="always one answer", colour=style.GREY, marker="X")
"""The commonest label, or the mean age, for every clip."""
_AGE, _BASELINE_OF_AGE = "attributes.age.error_years", "mean_age"

_NOTE = "Hollow: mean accuracy over the labels, rare and frequent alike. In brackets: test speakers."
_ROOM_MM, _ROW_MM = 26.0, 7.5


@style.look()
def draw(summary: Summary, *, invented: bool) -> Figure:
    """One panel an attribute: accuracy of each method, also balanced over the labels, and the error of the age.

    Raises:
        ValueError: the summary holds no accuracy.
    """
    measured = [name for name in ATTRIBUTES if f"s2f.attributes.{name}.accuracy" in summary]
    if not measured:
        raise ValueError("The summary holds no s2f.attributes.*.accuracy; the source of this run gives no labels.")
    methods = [
        method for method in (*METHODS, BASELINE) if f"{method.name}.attributes.{measured[0]}.accuracy" in summary
    ]
    height_mm = _ROOM_MM + _ROW_MM * len(methods)
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=height_mm, invented=invented)
    style.lay_out(figure)
    has_age = f"s2f.{_AGE}" in summary
    panels = figure.subplots(1, len(measured) + has_age, sharey=True, squeeze=False)[0]
    for panel, attribute in zip(panels, measured, strict=False):
        name = f"attributes.{attribute}"
        _draw_methods(panel, summary, methods, f"{name}.accuracy", BASELINE.name)
        for position, method in enumerate(methods):
            if (alike := summary.get(f"{method.name}.{name}.balanced_accuracy")) is not None:
                panel.plot(alike.value, position + 0.27, method.marker, mfc="white", color=method.colour, ms=3)
        people = summary[f"s2f.{name}.accuracy"].n
        panel.set(xlim=(-4, 112), xlabel="accuracy (%)", title=f"{attribute.replace('_', ' ').capitalize()} ({people})")
    if has_age:
        _draw_methods(panels[-1], summary, methods, _AGE, _BASELINE_OF_AGE)
        panels[-1].set(xlabel="mean error (years)", title=f"Age ({summary[f's2f.{_AGE}'].n})")
        panels[-1].set_xlim(left=0)
    panels[0].set_yticks(range(len(methods)), [method.label for method in methods])
    panels[0].set_ylim(len(methods) - 0.5, -0.7)
    figure.supxlabel(_NOTE, fontsize=6)
    return figure


def _draw_methods(axes: Axes, summary: Summary, methods: Sequence[Method], name: str, baseline: str) -> None:
    """A row a method: its measure with the interval; a line at the baseline."""
    for position, method in enumerate(methods):
        measure = summary.get(f"{baseline if method is BASELINE else method.name}.{name}")
        if measure is None:
            continue
        axes.errorbar(
            [measure.value],
            [position],
            xerr=error_bars([measure]),
            color=method.colour,
            marker=method.marker,
            capsize=2,
        )
        axes.annotate(
            f"{measure.value:.1f}", (measure.value, position), xytext=(0, 4), textcoords="offset points", ha="center",
            va="bottom", fontsize=6.5,
        )  # fmt: skip
    axes.axvline(summary[f"{baseline}.{name}"].value, color=style.GREY, linestyle="--", linewidth=0.8, zorder=1)
