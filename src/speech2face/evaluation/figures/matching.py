"""Matching: choosing the one face in N that a voice belongs to, and verifying that a face belongs to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.summary import METHODS, Method, Summary, error_bars
from speech2face.evaluation.metrics.association import CHOICES, MATCHINGS
from speech2face.evaluation.metrics.retrieval import OTHER_CLIP
from speech2face.evaluation.protocols import VERIFICATION


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published system with the values of its paper, in percent, by the attributes that wrong faces share.

    Attributes:
        points: of the star that marks it.
        choices: accuracy of choosing the face to a voice, by N.
        auc, eer: of verification.
    """

    label: str
    points: int
    choices: Mapping[str, Mapping[int, float]]
    auc: Mapping[str, float]
    eer: Mapping[str, float]


PUBLISHED = (
    # Nagrani, Albanie and Zisserman, "Seeing Voices and Hearing Faces", CVPR 2018; static faces. The wrong faces of
    # the third kind are of the same gender, nationality and age there.
    Published(
        label="SVHF 2018",
        points=5,
        choices={"": {2: 81.0}, "sex_matched.": {2: 65.2}, "group_matched.": {2: 63.9}},
        auc={},
        eer={},
    ),
    # Wen et al., "Seeking the Shape of Sound", CVPR 2021; voice to face.
    Published(
        label="Wen 2021",
        points=4,
        choices={"": {2: 87.2}, "sex_matched.": {2: 77.7}},
        auc={"": 87.2, "sex_matched.": 77.5},
        eer={},
    ),
    # Saeed et al., "Fusion and Orthogonal Projection for Improved Face-Voice Association", ICASSP 2022: choices read
    # off a plot, verification of people neither seen nor heard in training.
    Published(label="FOP 2022", points=6, choices={"": {2: 83, 10: 37}}, auc={"": 83.5}, eer={"": 24.9}),
)
"""Systems that were trained to match voices with faces, on VoxCeleb1: other people, photographs and recordings."""
PUBLISHED_NOTE = (
    "Stars (left of their N) and rows in italics: systems trained to match voices with faces, VoxCeleb1.\n"
    "As printed, of other people: for orientation, not for comparison."
)

_SHOWN = ("world.ceiling", "s2f", "s2f_pictures", "acoustic_ridge", "mean_face_of_sex")
_TITLES = {
    "": "anyone",
    "sex_matched.": "the same sex",
    "group_matched.": "the same sex,\nage band and ethnicity",
}
_FLAG = {
    f"association.verification.{OTHER_CLIP}.eer": "anyone",
    f"association.verification.{OTHER_CLIP}.sex_matched.eer": "the same sex",
    "association.flag.eer": "mean of both",
}
"""Columns of the table by FLAG's rules, and their headings."""
_ROW_MM = 4.2
_LABELS = 0.22  # of the table's width


@style.look()
def draw(summary: Summary, *, invented: bool) -> Figure:
    """Accuracy over N, a panel for each kind of wrong faces, above tables of verification and of that by FLAG's rules.

    Raises:
        ValueError: the summary holds no choice of 1 in 2 by voice.
    """
    measured = [matching for matching in MATCHINGS if _name("s2f", 2, matching) in summary]
    if not measured:
        raise ValueError(
            "The summary holds no s2f.association.v2f.1_of_2.accuracy; the test split has too few speakers."
        )
    methods = [method for method in METHODS if f"{method.name}.association.verification.auc" in summary]
    table_mm = _ROW_MM * (len(methods) + len(PUBLISHED) + 3)
    flag = [method for method in METHODS if f"{method.name}.association.flag.eer" in summary]
    flag_mm = _ROW_MM * (len(flag) + len(VERIFICATION) + 4) if flag else 0.0
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=84 + table_mm + flag_mm, invented=invented)
    style.lay_out(figure)
    heights = (78, table_mm, flag_mm) if flag else (78, table_mm)
    grid = figure.add_gridspec(len(heights), len(measured), height_ratios=heights)
    panels: list[Axes] = []
    for position, matching in enumerate(measured):
        panels.append(figure.add_subplot(grid[0, position], sharey=panels[0] if panels else None))
        _draw_panel(panels[-1], summary, matching)
        panels[-1].tick_params(labelleft=position == 0)
    panels[0].set_ylabel("own face of N chosen by voice (%)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
    _draw_table(figure.add_subplot(grid[1, :]), summary, methods, measured)
    if flag:
        _draw_flag_table(figure.add_subplot(grid[2, :]), summary, flag)
    return figure


def _name(method: str, n: int, matching: str) -> str:
    return f"{method}.association.v2f.1_of_{n}.{matching}accuracy"


def _draw_panel(axes: Axes, summary: Summary, matching: str) -> None:
    present = [n for n in CHOICES if _name("s2f", n, matching) in summary]
    methods = [
        method for method in METHODS if method.name in _SHOWN and _name(method.name, present[0], matching) in summary
    ]
    for position, method in enumerate(methods):
        measures = [summary[_name(method.name, n, matching)] for n in present]
        # A little apart, so that equal intervals do not hide one another.
        at = [n * 1.025 ** (position - (len(methods) - 1) / 2) for n in present]
        axes.errorbar(
            at, [m.value for m in measures], error_bars(measures), color=method.colour, marker=method.marker,
            capsize=1.5, elinewidth=0.8, label=method.label,
        )  # fmt: skip
    axes.plot(CHOICES, [summary[f"chance.association.1_of_{n}.accuracy"].value for n in CHOICES], "--",
              color=style.GREY, label="chance")  # fmt: skip
    for position, other in enumerate(PUBLISHED):
        printed = other.choices.get(matching, {})
        beside = [n * 0.94 * 0.94**position for n in printed]
        axes.plot(
            beside, list(printed.values()), linestyle="none", marker=(other.points, 1, 0), ms=7, mfc="white", mew=0.8,
            color=style.BLACK, zorder=5, label=other.label,
        )  # fmt: skip
    axes.set_xscale("log")
    speakers = {n: summary[_name("s2f", n, matching)].n for n in present}
    axes.set_xticks(CHOICES, [f"{n}\n({speakers.get(n, 0)})" for n in CHOICES])
    axes.set_xticks([], minor=True)
    axes.set(
        xlim=(1.5, 11.5),
        ylim=(0, 103),
        title=f"Wrong faces of {_TITLES[matching]}",
        xlabel="N (test speakers with N − 1 others)",
    )


def _draw_table(axes: Axes, summary: Summary, methods: Sequence[Method], measured: Sequence[str]) -> None:
    columns = [(matching, what) for matching in measured for what in ("auc", "eer")]
    rows = {}
    for method in methods:
        measures = [
            summary.get(f"{method.name}.association.verification.{matching}{what}") for matching, what in columns
        ]
        rows[method.label] = ["–" if m is None else _cell(m) for m in measures]
    rows["chance"] = [_cell(summary[f"chance.association.verification.{what}"]) for _, what in columns]
    for other in PUBLISHED:
        printed = [{"auc": other.auc, "eer": other.eer}[what].get(matching) for matching, what in columns]
        if any(printed):
            rows[other.label] = ["–" if value is None else f"{value:.1f}" for value in printed]
    axes.set_axis_off()
    axes.set_title("Does the face belong to the voice? % (95 % interval)", pad=18)
    table = axes.table(
        list(rows.values()), rowLabels=list(rows), colLabels=[what.upper() for _, what in columns],
        cellLoc="center", rowLoc="left", edges="horizontal", bbox=Bbox.from_bounds(_LABELS, 0, 1 - _LABELS, 1),
    )  # fmt: skip
    table.auto_set_font_size(False)
    table.set_fontsize(6)
    others = {other.label for other in PUBLISHED}
    for (row, _), cell in table.get_celld().items():
        cell.set_linewidth(0.4)
        if row > 0 and list(rows)[row - 1] in others:
            cell.get_text().set_fontstyle("italic")
    for position, matching in enumerate(measured):
        centre = _LABELS + (1 - _LABELS) * (position + 0.5) / len(measured)
        heading = f"wrong faces of {_TITLES[matching]}"
        axes.text(centre, 1.02, heading, ha="center", va="bottom", transform=axes.transAxes, fontsize=6.5)
    axes.text(0, -0.03, PUBLISHED_NOTE, va="top", transform=axes.transAxes, fontsize=6)


def _draw_flag_table(axes: Axes, summary: Summary, methods: Sequence[Method]) -> None:
    rows = []
    for method in methods:
        measures = [summary.get(f"{method.name}.{name}") for name in _FLAG]
        people = summary[f"{method.name}.association.flag.eer"].n
        rows.append([method.label, *("–" if m is None else _cell(m) for m in measures), f"this run, {people} people"])
    for other in VERIFICATION:
        printed = ["–" if value is None else f"{value:.1f}" for value in (other.anyone, other.same_sex, other.mean)]
        rows.append([other.label, *printed, other.caveat])
    axes.set_axis_off()
    axes.set_title("The same by FLAG's rules, faces of another clip: equal error rate, % (95 % interval)")
    table = axes.table(
        rows, colLabels=["", *_FLAG.values(), "of whom"], colWidths=[0.2, 0.15, 0.15, 0.15, 0.35], cellLoc="center",
        edges="horizontal", bbox=Bbox.unit(),
    )  # fmt: skip
    table.auto_set_font_size(False)
    table.set_fontsize(6)
    for (row, column), cell in table.get_celld().items():
        cell.set_linewidth(0.4)
        if column in (0, len(_FLAG) + 1):
            cell.set_text_props(ha="left")
        if row > len(methods):
            cell.get_text().set_fontstyle("italic")


def _cell(measure: Estimate) -> str:
    if measure.low == measure.high:
        return f"{measure.value:.1f}"
    return f"{measure.value:.1f} ({measure.low:.1f}–{measure.high:.1f})"
