"""The figures of the metrics phase, by name: what `retrieval` and `attributes` draw."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import style

Summary = Mapping[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class Method:
    """A way of guessing a face, as `metrics.measure` calls it, and how it is drawn."""

    name: str
    label: str
    colour: str
    marker: str


METHODS = (
    Method(name="faces", label="true face", colour=style.BLACK, marker="D"),
    Method(name="f2f", label="picture from face (F2F)", colour=style.ORANGE, marker="^"),
    Method(name="world.ceiling", label="ceiling of the world", colour=style.GREEN, marker="v"),
    Method(name="s2f", label="voice (S2F)", colour=style.BLUE, marker="o"),
    Method(name="s2f_3s", label="voice, 3 s", colour=style.PURPLE, marker="p"),
    Method(name="s2f_pictures", label="picture from voice (S2F)", colour=style.SKY_BLUE, marker="s"),
    Method(name="acoustic_ridge", label="pitch, formants, rate", colour=style.VERMILLION, marker="P"),
    Method(name="nearest_voice", label="nearest training voice", colour=style.GREY, marker="<"),
    Method(name="mean_face_of_sex", label="mean face of the sex", colour=style.GREY, marker=">"),
    Method(name="mean_face", label="mean face", colour=style.GREY, marker="x"),
)
"""Ways of guessing in the order in which figures and tables show them: upper bounds, models, floors."""


def read_summary(path: Path) -> Summary:
    """The summary file as measures, in percent.

    Raises:
        ValueError: the file is not a summary.
    """
    try:
        return {name: Estimate(**figure) for name, figure in json.loads(Path(path).read_text("utf-8")).items()}
    except (TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path} is not a summary of measures ({error}); delete it and run the workflow again."
        ) from error


def error_bars(measures: Sequence[Estimate]) -> list[list[float]]:
    """Lengths below and above each value, as Matplotlib wants them: [2, measures]."""
    return [[m.value - m.low for m in measures], [m.high - m.value for m in measures]]


def as_table(summary: Summary, part: str) -> pd.DataFrame:
    """The measures whose names hold `part`, one row each."""
    rows = {name: m.as_dict() for name, m in sorted(summary.items()) if part in name}
    return pd.DataFrame.from_dict(rows, orient="index")
