"""Leakage: how far predictions identify people once sex, and then age band and ethnicity, are known."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.summary import METHODS, Summary, error_bars
from speech2face.evaluation.metrics.leakage import KNOWN

_SHOWN = ("f2f", "world.ceiling", "s2f", "s2f_pictures", "acoustic_ridge", "mean_face_of_sex")
_PANELS = {
    "percentile": ("Others less like the prediction", "% of the others of the group", ".0f"),
    "first": ("Own face most like the prediction", "% of predictions", ".0f"),
    "bits": ("Additional information", "bits, at least", ".2f"),
}
_KNOWN = {"everyone": "nothing", "sex": "sex", "group": "sex, age,\nethnicity"}


@style.look()
def draw(summary: Summary, *, invented: bool) -> Figure:
    """A panel each for percentile, first rank and bits, by the attributes known beforehand.

    Raises:
        ValueError: the summary holds no leakage of the voice.
    """
    measured = [known for known in KNOWN if f"s2f.leakage.{known}.percentile" in summary]
    if not measured:
        raise ValueError("The summary holds no s2f.leakage.*.percentile; the test split has too few speakers.")
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=84, invented=invented)
    style.lay_out(figure)
    panels = figure.subplots(1, len(_PANELS))
    for panel, what in zip(panels, _PANELS, strict=True):
        _draw_panel(panel, summary, what, measured)
    panels[1].set_xlabel("known beforehand (people in the group, mean over speakers); numbers: voice (S2F)")
    handles, labels = panels[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4)
    return figure


def _draw_panel(axes: Axes, summary: Summary, what: str, measured: Sequence[str]) -> None:
    methods = [
        method
        for method in METHODS
        if method.name in _SHOWN and f"{method.name}.leakage.{measured[0]}.{what}" in summary
    ]
    for position, method in enumerate(methods):
        measures = [summary[f"{method.name}.leakage.{known}.{what}"] for known in measured]
        # A little apart, so that equal intervals do not hide one another.
        at = [spot + 0.07 * (position - (len(methods) - 1) / 2) for spot in range(len(measured))]
        axes.errorbar(
            at, [m.value for m in measures], error_bars(measures), color=method.colour, marker=method.marker,
            capsize=1.5, elinewidth=0.8, linewidth=0.7, label=method.label,
        )  # fmt: skip
    for name, line, label in (("perfect", ":", "knowing who it is"), ("chance", "--", "chance")):
        if f"{name}.leakage.{measured[0]}.{what}" in summary:
            level = [summary[f"{name}.leakage.{known}.{what}"].value for known in measured]
            axes.plot(range(len(measured)), level, line, color=style.GREY, label=label, zorder=1)
    title, unit, digits = _PANELS[what]
    for spot, known in enumerate(measured):
        around = [summary[f"{method.name}.leakage.{known}.{what}"].high for method in methods if method.name != "f2f"]
        axes.annotate(
            f"{summary[f's2f.leakage.{known}.{what}'].value:{digits}}", (spot, max(around)), xytext=(0, 1.5),
            textcoords="offset points", ha="center", va="bottom", fontsize=6.5, color=style.BLUE,
        )  # fmt: skip
    people = [summary[f"chance.leakage.{known}.people"].value for known in measured]
    axes.set_xticks(
        range(len(measured)),
        [f"{_KNOWN[known]}\n({round(size, 1):g})" for known, size in zip(measured, people, strict=True)],
    )
    axes.set(xlim=(-0.4, len(measured) - 0.6), title=title, ylabel=unit)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
