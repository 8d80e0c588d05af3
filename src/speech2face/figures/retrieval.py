"""Retrieval: how often the true face is among the first K; paper, table 3."""

import re
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from speech2face.figures import style
from speech2face.figures.summary import WAYS, Summary, error_bars, is_invented
from speech2face.metrics.intervals import Measure

PAPER = {1: 10.92, 2: 17.00, 5: 30.60, 10: 45.82}
"""Recall in percent at K percent of the gallery: table 3 of the paper, 6 s, cosine, 5,000 clips of AVSpeech."""
PAPER_NOTE = (
    "Stars: table 3 of the paper (6 s, cosine), a gallery of\n"
    "5,000 clips of AVSpeech. Other people in another gallery:\n"
    "for orientation, not for comparison."
)

_TICKS = (1, 2, 5, 10, 20, 50, 100)


@style.look()
def draw(summary: Summary) -> Figure:
    """Recall over K as a share of the gallery on the left, a table of recall at ranks on the right.

    Raises:
        ValueError: the summary holds no recall of the voice.
    """
    shares = _numbers(summary, r"s2f\.retrieval\.cosine\.recall_at_(\d+)_percent")
    ranks = _numbers(summary, r"s2f\.retrieval\.cosine\.recall_at_(\d+)")
    if not shares:
        raise ValueError("The summary holds no s2f.retrieval.cosine.recall_at_K_percent; set metrics.percentages.")
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=78, invented=is_invented(summary))
    style.lay_out(figure)
    curves, table = figure.subplots(1, 2, width_ratios=(1.05, 1))
    _draw_curves(curves, summary, shares)
    _draw_table(table, summary, ranks)
    return figure


def _numbers(summary: Summary, pattern: str) -> list[int]:
    found = (re.fullmatch(pattern, name) for name in summary)
    return sorted(int(match[1]) for match in found if match)


def _draw_curves(axes: Axes, summary: Summary, shares: Sequence[int]) -> None:
    present = [way for way in WAYS if f"{way.name}.retrieval.cosine.recall_at_{shares[0]}_percent" in summary]
    for place, way in enumerate(present):
        measures = [summary[f"{way.name}.retrieval.cosine.recall_at_{share}_percent"] for share in shares]
        # A little apart, so that equal intervals do not hide one another.
        at = [share * 1.03 ** (place - (len(present) - 1) / 2) for share in shares]
        axes.errorbar(
            at, [m.value for m in measures], error_bars(measures), color=way.colour, marker=way.marker,
            capsize=2, elinewidth=0.8, label=way.label,
        )  # fmt: skip
    beside = [share * 1.12 for share in PAPER]
    axes.plot(
        beside, list(PAPER.values()), "*", ms=8, mfc="white", color=style.VERMILLION, zorder=5, label="paper, AVSpeech"
    )
    chance = [summary[f"chance.retrieval.recall_at_{share}_percent"].value for share in shares]
    axes.plot(shares, chance, "--", color=style.GREY, label="chance")
    axes.set_xscale("log")
    ticks = [tick for tick in _TICKS if min(shares) <= tick <= max(shares)]
    axes.set_xticks(ticks, [f"{tick} %" for tick in ticks])
    axes.set_xticks([], minor=True)
    people = summary[f"chance.retrieval.recall_at_{shares[0]}_percent"].n
    axes.set(
        ylim=(-3, 103), ylabel="recall (%)", xlabel=f"K, share of the gallery of {people} test speakers",
        title="True face among the nearest K",
    )  # fmt: skip
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.2), ncols=2)


def _draw_table(axes: Axes, summary: Summary, ranks: Sequence[int]) -> None:
    rows, labels = [], []
    for name, label in [*((way.name, way.label) for way in WAYS), ("chance", "chance")]:
        prefix = f"{name}.retrieval." + ("" if name == "chance" else "cosine.")
        measures = [summary.get(f"{prefix}recall_at_{rank}") for rank in ranks]
        if any(measures):
            labels.append(label)
            rows.append(["–" if m is None else _cell(m) for m in measures])
    axes.set_axis_off()
    axes.set_title("Recall at a rank, % (95 % interval)")
    axes.text(0, -0.2, PAPER_NOTE, va="top", transform=axes.transAxes, fontsize=6)
    if not ranks:
        return
    table = axes.table(
        rows, rowLabels=labels, colLabels=[f"R@{rank}" for rank in ranks], cellLoc="center", rowLoc="left",
        edges="horizontal", bbox=Bbox.from_bounds(0.36, 0, 0.64, 1),
    )  # fmt: skip
    table.auto_set_font_size(False)
    table.set_fontsize(6.5)
    for cell in table.get_celld().values():
        cell.set_linewidth(0.4)


def _cell(measure: Measure) -> str:
    if measure.low == measure.high:
        return f"{measure.value:.1f}"
    return f"{measure.value:.1f}\n({measure.low:.1f}–{measure.high:.1f})"
