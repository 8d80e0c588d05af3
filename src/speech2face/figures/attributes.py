"""Attributes: sex, age band and ethnicity as a probe reads them from faces and reconstructions; paper, figure 4."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from speech2face.figures import style
from speech2face.figures.summary import WAYS, Summary, Way, error_bars, is_invented
from speech2face.metrics.attributes import ATTRIBUTES

FLOOR = Way(name="majority", label="always the commonest", colour=style.GREY, marker="X")

_ROOM_MM, _ROW_MM = 22.0, 7.5


@style.look()
def draw(summary: Summary) -> Figure:
    """One panel an attribute: accuracy of each way with its interval beside the rate of the commonest answer.

    Raises:
        ValueError: the summary holds no accuracy.
    """
    measured = [name for name in ATTRIBUTES if f"s2f.attributes.{name}.accuracy" in summary]
    if not measured:
        raise ValueError("The summary holds no s2f.attributes.*.accuracy; the source of this run gives no labels.")
    ways = [way for way in (*WAYS, FLOOR) if f"{way.name}.attributes.{measured[0]}.accuracy" in summary]
    height_mm = _ROOM_MM + _ROW_MM * len(ways)
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=height_mm, invented=is_invented(summary))
    style.lay_out(figure)
    panels = figure.subplots(1, len(measured), sharey=True, squeeze=False)[0]
    for panel, attribute in zip(panels, measured, strict=True):
        _draw_panel(panel, summary, attribute)
    panels[0].invert_yaxis()
    return figure


def _draw_panel(axes: Axes, summary: Summary, attribute: str) -> None:
    name = f"attributes.{attribute}.accuracy"
    present = [way for way in (*WAYS, FLOOR) if f"{way.name}.{name}" in summary]
    for place, way in enumerate(present):
        measure = summary[f"{way.name}.{name}"]
        axes.errorbar(
            [measure.value], [place], xerr=error_bars([measure]), color=way.colour, marker=way.marker, capsize=2
        )
        axes.annotate(
            f"{measure.value:.1f}", (measure.value, place), xytext=(0, 4), textcoords="offset points", ha="center",
            va="bottom", fontsize=6.5,
        )  # fmt: skip
    axes.axvline(summary[f"majority.{name}"].value, color=style.GREY, linestyle="--", linewidth=0.8, zorder=1)
    axes.set_yticks(range(len(present)), [way.label for way in present])
    axes.set(xlim=(-4, 106), ylim=(-0.7, len(present) - 0.5), xlabel="accuracy (%)")
    axes.set_title(f"{attribute.replace('_', ' ').capitalize()} ({summary[f's2f.{name}'].n} test speakers)")
