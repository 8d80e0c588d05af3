"""Retrieval: how often the true face is among the first K; paper, table 3."""

import re
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.transforms import Bbox

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.summary import METHODS, Summary, error_bars
from speech2face.evaluation.judges.fetch import JUDGES
from speech2face.evaluation.metrics.retrieval import OTHER_CLIP
from speech2face.evaluation.paper import RECALL

PAPER_NOTE = (
    "Stars and rows in italics: table 3 of the paper\n"
    "(cosine not centred, 5,000 clips of AVSpeech).\n"
    "Other people in another gallery: for orientation,\n"
    "not for comparison. Its K is a share of the gallery."
)
METRICS = {"raw_cosine": "cosine, not centred", "l2": "L2", "l1": "L1"}
"""Metrics beside the centred cosine of the other rows: the paper's three."""
_VOICES = {"s2f": "voice (S2F)", "s2f_3s": "voice, 3 s"}
_JUDGED = {"f2f": "F2F", "s2f_pictures": "S2F"}
"""Pictures that other recognisers judge."""

_TICKS = (1, 2, 5, 10, 20, 50, 100)
_CURVES_MM, _ROW_MM = 66.0, 4.2


@style.look()
def draw(summary: Summary, *, invented: bool) -> Figure:
    """Recall over K as a share of the gallery, and a table of all recalls by every metric beside the paper's.

    Raises:
        ValueError: the summary holds no recall of the voice.
    """
    shares = _numbers(summary, r"s2f\.retrieval\.cosine\.recall_at_(\d+)_percent")
    ranks = _numbers(summary, r"s2f\.retrieval\.cosine\.recall_at_(\d+)")
    if not shares:
        raise ValueError("The summary holds no s2f.retrieval.cosine.recall_at_K_percent; set metrics.percentages.")
    rows = _rows(summary, shares, ranks)
    table_mm = _ROW_MM * (len(rows) + 4)
    figure = style.new_figure(
        width_mm=style.DOUBLE_MM, height_mm=_CURVES_MM + table_mm + style.MARK_MM, invented=invented
    )
    style.lay_out(figure)
    grid = GridSpec(2, 2, figure=figure, height_ratios=(_CURVES_MM, table_mm), width_ratios=(1.6, 1))
    curves = figure.add_subplot(grid[0, 0])
    _draw_curves(curves, summary, shares)
    legend = figure.add_subplot(grid[0, 1])
    legend.set_axis_off()
    legend.legend(*curves.get_legend_handles_labels(), loc="upper left")
    legend.text(0.02, 0, PAPER_NOTE, va="bottom", fontsize=6)
    _draw_table(figure.add_subplot(grid[1, :]), rows, shares, ranks, _galleries(summary, shares[0]))
    return figure


def _numbers(summary: Summary, pattern: str) -> list[int]:
    found = (re.fullmatch(pattern, name) for name in summary)
    return sorted(int(match[1]) for match in found if match)


def _draw_curves(axes: Axes, summary: Summary, shares: Sequence[int]) -> None:
    present = [
        method for method in METHODS if f"{method.name}.retrieval.cosine.recall_at_{shares[0]}_percent" in summary
    ]
    for position, method in enumerate(present):
        measures = [summary[f"{method.name}.retrieval.cosine.recall_at_{share}_percent"] for share in shares]
        # A little apart, so that equal intervals do not hide one another.
        at = [share * 1.03 ** (position - (len(present) - 1) / 2) for share in shares]
        axes.errorbar(
            at, [m.value for m in measures], error_bars(measures), color=method.colour, marker=method.marker,
            capsize=2, elinewidth=0.8, label=method.label,
        )  # fmt: skip
    printed = RECALL[6, "cosine"]
    beside = [share * 1.12 for share in printed]
    axes.plot(
        beside, list(printed.values()), "*", ms=8, mfc="white", color=style.VERMILLION, zorder=5,
        label="paper, 6 s, AVSpeech, cosine not centred",
    )  # fmt: skip
    chance = [summary[f"chance.retrieval.recall_at_{share}_percent"].value for share in shares]
    axes.plot(shares, chance, "--", color=style.GREY, label="chance")
    axes.set_xscale("log")
    ticks = [tick for tick in _TICKS if min(shares) <= tick <= max(shares)]
    axes.set_xticks(ticks, [f"{tick} %" for tick in ticks])
    axes.set_xticks([], minor=True)
    people = summary[f"chance.retrieval.recall_at_{shares[0]}_percent"].n
    axes.set(
        ylim=(-3, 103), ylabel="recall (%)", xlabel=f"K, share of the gallery of {people} test speakers",
        title="True face among the nearest K, centred cosine",
    )  # fmt: skip


def _rows(summary: Summary, shares: Sequence[int], ranks: Sequence[int]) -> dict[str, list[str]]:
    """The rows of the table: a label, and a cell for each share of the gallery and then for each rank."""
    ks = [*(f"recall_at_{share}_percent" for share in shares), *(f"recall_at_{rank}" for rank in ranks)]
    named = {method.label: f"{method.name}.retrieval.cosine" for method in METHODS} | {"chance": "chance.retrieval"}
    named |= {
        f"{label}, other clip": f"{method}.retrieval.{OTHER_CLIP}.cosine"
        for method, label in {"f2f": "picture F2F", "s2f_pictures": "picture S2F", "s2f": _VOICES["s2f"]}.items()
    }
    named |= {"chance, other clip": f"chance.retrieval.{OTHER_CLIP}"}
    named |= {
        f"picture {label}, by {judge.name}": f"{prefix}.{method}.retrieval.cosine"
        for prefix, judge in JUDGES.items()
        for method, label in _JUDGED.items()
    }
    named |= {
        f"{method.label}, by {judge.name}": f"{prefix}.{method.name}.retrieval.cosine"
        for prefix, judge in JUDGES.items()
        for method in METHODS
        if method.name.startswith("authors_")
    }
    named |= {
        f"{label}, {metric}": f"{method}.retrieval.{name}"
        for name, metric in METRICS.items()
        for method, label in _VOICES.items()
    }
    rows = {}
    for label, prefix in named.items():
        measures = [summary.get(f"{prefix}.{k}") for k in ks]
        if any(measures):
            rows[label] = ["–" if measure is None else _cell(measure) for measure in measures]
    for (seconds, metric), recalls in RECALL.items():
        values = [f"{recalls[share]:.1f}" if share in recalls else "–" for share in shares]
        rows[f"paper, {seconds} s, {metric.replace('l', 'L')}"] = [*values, *("–" for _ in ranks)]
    return rows


def _galleries(summary: Summary, share: int) -> str:
    """What the galleries of the table are."""
    names = (f"chance.retrieval.{part}recall_at_{share}_percent" for part in ("", f"{OTHER_CLIP}."))
    own, other = (summary.get(name) for name in names)
    text = f"Gallery: the true face of the very clip, {own.n if own else 0} test speakers, one clip each"
    return text + (f"\nOther clip: that of another clip of the person, {other.n} speakers" if other else "")


def _draw_table(
    axes: Axes, rows: dict[str, list[str]], shares: Sequence[int], ranks: Sequence[int], galleries: str
) -> None:
    axes.set_axis_off()
    axes.set_title(
        f"Recall in % (95 % interval) at K, a share of the gallery or a rank; centred cosine unless named\n{galleries}"
    )
    table = axes.table(
        list(rows.values()), rowLabels=list(rows), cellLoc="center", rowLoc="left", edges="horizontal",
        colLabels=[*(f"{share} %" for share in shares), *(f"rank {rank}" for rank in ranks)],
        bbox=Bbox.from_bounds(0.23, 0, 0.77, 1),
    )  # fmt: skip
    table.auto_set_font_size(False)
    table.set_fontsize(5.6)
    for (row, _), cell in table.get_celld().items():
        cell.set_linewidth(0.4)
        if row > 0 and list(rows)[row - 1].startswith("paper"):
            cell.set_text_props(style="italic")


def _cell(measure: Estimate) -> str:
    # 100 without its decimal, or the cells of a perfect row touch.
    value, low, high = (f"{x:.1f}".replace("100.0", "100") for x in (measure.value, measure.low, measure.high))
    return value if low == high else f"{value} ({low}–{high})"
