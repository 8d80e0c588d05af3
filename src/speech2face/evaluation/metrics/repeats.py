"""Measures of repeated runs: in other worlds and trainings (`make seeds`), with more talkers (`make scaling`)."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student

from speech2face.base.files import write_text
from speech2face.base.intervals import LEVEL
from speech2face.data.splits.share import TRAIN, read_index
from speech2face.evaluation.metrics.compare import FIGURES, markdown

DEFAULT = "default"
_SEEDED = re.compile(r"world-(?P<world>\d+)/variants/(?P<name>[a-z0-9_]+)-(?P<training>\d+)$")
_SCALED = {
    "s2f.retrieval.cosine.recall_at_10_percent": "R@10 % from the voice",
    "world.ceiling.retrieval.cosine.recall_at_10_percent": "R@10 % by regression from the true voice parameters",
}


def tabulate_seeds(*, runs: Sequence[Path], table: Path) -> None:
    """Write a table of the default and its variants over worlds and trainings as CSV, and as Markdown beside it.

    A world is one draw: the trainings in it are averaged first, and the 95 % interval (Student's t) is over the means
    of the worlds. A variant's difference is to the default with the same seeds.

    Args:
        runs: folders `world-WORLD/variants/NAME-TRAINING` of finished runs, one NAME being `default`.
        table: CSV file to write; the Markdown file has the same stem.

    Raises:
        ValueError: a folder has another name, or is not that of a finished run; or there are fewer than two worlds.
    """
    measured = pd.DataFrame([_seeds_of(run) | _figures(run) for run in runs]).set_index(["name", "world", "training"])
    worlds = measured.index.unique("world")
    if len(worlds) < 2:
        raise ValueError("An interval over worlds needs two or more worlds.")
    titles = [title for title in FIGURES.values() if title in measured]
    rows = []
    for name in sorted(measured.index.unique("name"), key=lambda name: (name != DEFAULT, name)):
        own = measured.loc[name]
        row: dict[str, object] = {"run": name, "worlds": len(worlds), "trainings": len(own)}
        for title in titles:
            row[title] = _over_worlds(own[title])
        if name != DEFAULT:
            row[f"R@10 % against {DEFAULT}"] = _over_worlds(own["R@10 %"] - measured.loc[DEFAULT]["R@10 %"], sign="+")
        row["R@10 %, deviation between trainings"] = f"{own['R@10 %'].groupby('world').std().mean():.1f}"
        rows.append(row)
    _write(pd.DataFrame(rows), table)


def tabulate_scaling(*, runs: Sequence[Path], table: Path) -> None:
    """Write how recall grows with the number of training talkers as CSV, and as Markdown beside it.

    Args:
        runs: result folders of finished runs.
        table: CSV file to write; the Markdown file has the same stem.

    Raises:
        ValueError: a folder is not that of a finished run.
    """
    rows = []
    for run in runs:
        summary = _summary(run)
        people = read_index(run / "splits" / "index.arrow", TRAIN)["speaker_id"].nunique()
        recalls = {
            title: "{value:.1f} ({low:.1f} to {high:.1f}), n = {n}".format(**summary[name])
            for name, title in _SCALED.items()
            if name in summary
        }
        rows.append({"training talkers": people, **recalls})
    _write(pd.DataFrame(rows).sort_values("training talkers"), table)


def _seeds_of(run: Path) -> dict[str, object]:
    found = _SEEDED.search(run.as_posix())
    if found is None:
        raise ValueError(f"{run} is no run of make seeds: its name is not world-NUMBER/variants/NAME-NUMBER.")
    return {"name": found["name"], "world": int(found["world"]), "training": int(found["training"])}


def _figures(run: Path) -> dict[str, float]:
    summary = _summary(run)
    return {title: summary[name]["value"] for name, title in FIGURES.items() if name in summary}


def _summary(run: Path) -> dict[str, dict[str, float]]:
    path = run / "metrics" / "summary.json"
    if not path.exists():
        raise ValueError(f"There is no {path}: run the workflow for it first.")
    summary: dict[str, dict[str, float]] = json.loads(path.read_text(encoding="utf-8"))
    return summary


def _over_worlds(values: pd.Series, sign: str = "") -> str:
    """The mean over worlds of the mean over trainings, with its interval."""
    means = values.groupby("world").mean().to_numpy()
    half = student.ppf((1 + LEVEL) / 2, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means))
    return f"{means.mean():{sign}.1f} ({means.mean() - half:{sign}.1f} to {means.mean() + half:{sign}.1f})"


def _write(rows: pd.DataFrame, table: Path) -> None:
    write_text(table, rows.to_csv(index=False))
    write_text(table.with_suffix(".md"), markdown(rows.fillna("").to_dict("records")))
