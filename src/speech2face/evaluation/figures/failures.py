"""Failures: voices whose face is read as of another sex, age or group, chosen by a rule; paper, figure 11."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.people import is_invented, language_name
from speech2face.evaluation.figures.summary import Summary
from speech2face.evaluation.metrics.failures import KINDS

EXAMPLES = 4
"""Clips of each kind that fit in a row."""

Clip = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The texts of a kind of failure: a title, and a description of a clip by its labels and what was `read`."""

    title: str
    describe: Callable[[Clip], str]
    among: str = "speakers"
    """The speakers among whom the rate is counted, and which of them are shown."""


def _describe_age(clip: Clip) -> str:
    return f"{clip['age']:.0f} years, read as {clip['read']:.0f}"


def _describe_group(clip: Clip) -> str:
    spoken = "" if pd.isna(clip["language"]) else f"\nspeaks {language_name(clip['language'])}"
    return f"{clip['ethnicity'].capitalize()}, read as {clip['read'].capitalize()}{spoken}"


TEXTS = {
    "sex": Kind(title="Other sex", describe=lambda clip: f"{clip['sex']}, read as {clip['read']}"),
    "age_too_old": Kind(title="Over 10 years too old", describe=_describe_age),
    "age_too_young": Kind(title="Over 10 years too young", describe=_describe_age),
    "ethnicity": Kind(
        title="Other group",
        describe=_describe_group,
        among="speakers; shown are those\nwhose language does not explain it",
    ),
    "language": Kind(
        title="Group of the language",
        describe=_describe_group,
        among="speakers whose language\nis of another group than they are",
    ),
}

_LABELS = {"s2f": "voice (S2F)", "world.ceiling": "true parameters", "faces": "true face"}
"""Of `metrics.failures.COMPARED`, short enough for the margin."""

_SIDE_MM, _PAIR_GAP_MM, _BETWEEN_MM = 15.5, 0.6, 1.6
_LEFT_MM, _TOP_MM, _ROW_MM = 41.0, 7.0, 23.5
_BLOCK_MM = 2 * _SIDE_MM + _PAIR_GAP_MM + _BETWEEN_MM


@style.look()
def draw(examples: pd.DataFrame, reconstructions: pd.DataFrame, summary: Summary) -> Figure:
    """A row a kind of failure: its rates with intervals, then true faces and S2F pictures of those furthest off.

    Args:
        examples: from `metrics.failures.find_examples`, at most `EXAMPLES` of a kind.
        reconstructions: rows of the reconstructions phase.
        summary: measures of the family `failures`.

    Raises:
        ValueError: the summary holds no rate, an example has no reconstruction, or the people are not invented: what
            is read of real ones is published in rates only, never for one person.
    """
    kinds = [kind for kind in KINDS if f"s2f.failures.{kind}.rate" in summary]
    if not kinds:
        raise ValueError("The summary holds no s2f.failures.*.rate; the source of this run gives no labels.")
    if not is_invented(reconstructions):
        raise ValueError("Failures are shown of invented talkers only; of real people read the rates in the summary.")
    if not set(examples["clip_id"]) <= set(reconstructions["clip_id"]):
        raise ValueError("Some examples are not among the reconstructions: they are of another run.")
    shown = examples.merge(reconstructions, on="clip_id", validate="many_to_one")
    figure = style.new_figure(
        width_mm=_LEFT_MM + EXAMPLES * _BLOCK_MM,
        height_mm=_TOP_MM + len(kinds) * _ROW_MM + style.MARK_MM,
        invented=True,
    )
    style.add_text(figure, "rate (95 % interval)", x_mm=1, y_mm=_TOP_MM - 2.5, va="bottom", fontsize=6)
    for position in range(EXAMPLES):
        for column, head in enumerate(("true face", "voice (S2F)")):
            middle = _left_mm(position, column) + _SIDE_MM / 2
            style.add_text(figure, head, x_mm=middle, y_mm=_TOP_MM - 1, ha="center", va="bottom", weight="bold")
    for row, kind in enumerate(kinds):
        clips = shown[shown["kind"] == kind].to_dict("records")
        _draw_row(figure, kind, [{str(k): v for k, v in clip.items()} for clip in clips], summary, row)
    return figure


def _left_mm(position: int, column: int) -> float:
    return _LEFT_MM + position * _BLOCK_MM + column * (_SIDE_MM + _PAIR_GAP_MM)


def _draw_row(figure: Figure, kind: str, clips: list[dict[str, Any]], summary: Summary, row: int) -> None:
    top = _TOP_MM + row * _ROW_MM
    text = TEXTS[kind]
    style.add_text(figure, text.title, x_mm=1, y_mm=top, va="top", weight="bold")
    rates = "\n".join(_rates(summary, kind))
    style.add_text(figure, rates, x_mm=1, y_mm=top + 4, va="top", fontsize=6)
    if not clips:
        style.add_text(figure, "none to show", x_mm=_LEFT_MM, y_mm=top + _SIDE_MM / 2, va="center", color=style.GREY)
    for position, clip in enumerate(clips):
        for column, name in enumerate(("original", "s2f")):
            style.add_picture(figure, clip[name], left_mm=_left_mm(position, column), top_mm=top, side_mm=_SIDE_MM)
        middle = _left_mm(position, 0) + _SIDE_MM + _PAIR_GAP_MM / 2
        below = top + _SIDE_MM + 0.6
        style.add_text(figure, text.describe(clip), x_mm=middle, y_mm=below, ha="center", va="top", fontsize=6)


def _rates(summary: Summary, kind: str) -> list[str]:
    """A line for each method whose failures were counted, and the number of speakers."""
    found = {label: summary.get(f"{method}.failures.{kind}.rate") for method, label in _LABELS.items()}
    lines = [f"{label}: {_percent(measure)}" for label, measure in found.items() if measure is not None]
    return [*lines, f"of {summary[f's2f.failures.{kind}.rate'].n} {TEXTS[kind].among}"]


def _percent(measure: Estimate) -> str:
    return f"{measure.value:.1f} % ({measure.low:.1f}–{measure.high:.1f})"
