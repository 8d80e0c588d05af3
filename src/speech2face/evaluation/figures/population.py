"""Population: shares of sexes, age bands, ethnicities and languages; paper, figure 4b."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from speech2face.base.intervals import Estimate
from speech2face.evaluation import paper
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.confusion import in_order, paper_population, title_of
from speech2face.evaluation.figures.people import language_name
from speech2face.evaluation.figures.summary import Summary, error_bars
from speech2face.evaluation.metrics.population import SPLITS, STATISTICS

COLOURS = {"train": style.SKY_BLUE, "test": style.BLUE, "paper": style.VERMILLION}
PAPER_NOTE = "paper: 4,986 test clips of AVSpeech, as read by Face++"

_WIDTH = 0.27
_LEGEND_MM = 6.0
_RATIOS = {"sex": 1.0, "age_band": 2.6, "ethnicity": 2.0}


@style.look()
def draw(summary: Summary, *, invented: bool) -> Figure:
    """One panel a statistic: the share of training and of test speakers with each label, beside the paper's test clips.

    Raises:
        ValueError: the summary holds no shares.
    """
    shares = {name: _shares(summary, name) for name in STATISTICS}
    shown = [name for name in STATISTICS if shares[name]]
    if not shown:
        raise ValueError("The summary holds no population.*; the source of this run gives no labels.")
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=118, invented=invented)
    style.lay_out(figure, top_mm=_LEGEND_MM)
    upper = [name for name in shown if name in _RATIOS]
    ratios = [_RATIOS[name] for name in upper] or [1.0]
    grid = figure.add_gridspec(bool(upper) + ("language" in shown), len(ratios), width_ratios=ratios)
    for name in shown:
        position = grid[0, upper.index(name)] if name in upper else grid[-1, :]
        axes = figure.add_subplot(position)
        _draw_panel(axes, name, shares[name])
        if name in (shown[0], "language"):
            axes.set_ylabel("share (%)")
    _draw_legend(figure, summary)
    return figure


def _shares(summary: Summary, statistic: str) -> dict[str, dict[str, Estimate]]:
    """The measures of each split by label; splits without any are left out."""
    found = {}
    for split in SPLITS:
        prefix = f"population.{split}.{statistic}."
        if of_split := {name.removeprefix(prefix): m for name, m in summary.items() if name.startswith(prefix)}:
            found[split] = of_split
    return found


def _draw_panel(axes: Axes, statistic: str, shares: Mapping[str, Mapping[str, Estimate]]) -> None:
    printed = paper_population(statistic) if statistic in paper.POPULATION else {}
    found = {name for of_split in shares.values() for name in of_split}
    names = in_order(found | printed.keys())
    titles = {name: language_name(name) if statistic == "language" else title_of(statistic, name) for name in names}
    if statistic != "age_band":
        # Groups that only the paper has stand last.
        names.sort(key=lambda name: (name not in found, titles[name]))
    first = -(len(shares) - 1 + bool(printed)) / 2
    for position, split in enumerate(shares):
        measures = list(shares[split].values())
        at = [names.index(name) + (first + position) * _WIDTH for name in shares[split]]
        axes.bar(
            at, [m.value for m in measures], _WIDTH, color=COLOURS[split], yerr=error_bars(measures),
            error_kw={"elinewidth": 0.8, "capsize": 1.5},
        )  # fmt: skip
    total = sum(printed.values())
    at = [names.index(name) + (-first * _WIDTH if name in found else 0) for name in printed]
    axes.bar(at, [100 * count / total for count in printed.values()], _WIDTH, color=COLOURS["paper"])
    axes.set_xticks(range(len(names)), [titles[name] for name in names])
    if statistic in ("ethnicity", "language"):
        axes.tick_params(axis="x", labelrotation=35)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    axes.grid(False, axis="x")
    axes.set_title(statistic.replace("_", " ").capitalize())


def _draw_legend(figure: Figure, summary: Summary) -> None:
    labels = {"paper": PAPER_NOTE}
    for split, word in {"train": "training", "test": "test"}.items():
        if clips := summary.get(f"population.{split}.clips"):
            labels[split] = f"{word}: {clips.n:,} speakers, {clips.value:,.0f} clips"
    order = [name for name in COLOURS if name in labels]
    handles = [Patch(color=COLOURS[name], label=labels[name]) for name in order]
    figure.legend(handles=handles, loc="upper left", ncols=len(handles), borderaxespad=0.5)
