"""Variants of the voice encoder in one table: size, cost and accuracy."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from speech2face.base.files import write_text
from speech2face.base.intervals import difference_of_speakers
from speech2face.base.random import stream
from speech2face.base.weights import read_description
from speech2face.evaluation.metrics.retrieval import recall_of_speakers
from speech2face.evaluation.predictions.schema import read_predictions
from speech2face.learning.encoder.complexity import multiply_adds, parameter_count
from speech2face.learning.encoder.presets import build_voice_encoder
from speech2face.learning.encoder.spectrogram import PAPER_SAMPLES

SEED, GALLERIES, RESAMPLES = 0, 10, 2000
FIGURES = {
    "s2f.retrieval.cosine.recall_at_1_percent": "R@1 %",
    "s2f.retrieval.cosine.recall_at_10_percent": "R@10 %",
    "s2f_pictures.retrieval.cosine.recall_at_10_percent": "R@10 % of pictures",
    "s2f.attributes.sex.accuracy": "sex, %",
}


def compare(*, runs: Sequence[Path], table: Path) -> None:
    """Write a table of finished runs as CSV, and the same as Markdown beside it.

    Args:
        runs: result folders, each with `encoder` (or one a fold), `predictions` and `metrics`, of the same test
            clips; the others are compared with the first.
        table: CSV file to write; the Markdown file has the same stem.

    Raises:
        ValueError: a folder is not that of a finished run.
    """
    rows = [_row(run) | _against(run, runs[0]) for run in runs]
    write_text(table, pd.DataFrame(rows).to_csv(index=False))
    write_text(table.with_suffix(".md"), markdown(rows))


def markdown(rows: Sequence[Mapping[Any, object]]) -> str:
    """A table in Markdown; all rows have the columns of the first."""
    lines = [" | ".join(rows[0]), " | ".join("---" for _ in rows[0])]
    lines += [" | ".join(str(value) for value in row.values()) for row in rows]
    return "".join(f"| {line} |\n" for line in lines)


def _row(run: Path) -> dict[str, object]:
    summary = run / "metrics" / "summary.json"
    if not summary.exists():
        raise ValueError(f"There is no {summary}: run the workflow for this variant first.")
    figures = json.loads(summary.read_text(encoding="utf-8"))
    folds = [run / "encoder"] if (run / "encoder").is_dir() else sorted(run.glob("folds/*/encoder"))
    trained = [read_description(folder / "config.json") for folder in folds]
    described = trained[0]
    model = build_voice_encoder(described["preset"], described["arguments"]).eval()
    row: dict[str, object] = {
        "run": run.name,
        "preset": described["preset"],
        "parameters, 10^6": f"{parameter_count(model) / 1e6:.2f}",
        "multiply-adds for 6 s, 10^9": f"{multiply_adds(model, torch.zeros(1, PAPER_SAMPLES)) / 1e9:.2f}",
        "best epoch": ", ".join(str(fold.get("best_epoch", "closed form")) for fold in trained),
    }
    for name, title in FIGURES.items():
        if name in figures:
            row[title] = "{value:.1f} ({low:.1f} to {high:.1f})".format(**figures[name])
    return row


def _against(run: Path, first: Path) -> dict[str, str]:
    """The paired difference of recall at 10 % to another run."""
    scores = _recalls(run), _recalls(first)
    apart = difference_of_speakers(*scores, stream(SEED, "comparison"), RESAMPLES).as_dict()
    text = "{value:+.1f} ({low:+.1f} to {high:+.1f})".format(**apart)
    return {f"R@10 % against {first.name}": text if run != first else ""}


def _recalls(run: Path) -> np.ndarray:
    """Each speaker's recall at 10 %, 0..1, by the embedding that the voice gives."""
    predictions = read_predictions(run / "predictions" / "test.arrow")
    voices = predictions.methods["s2f"].embeddings
    return recall_of_speakers(
        voices, predictions.faces, predictions.speakers, 10, stream(SEED, "comparison_galleries"), GALLERIES
    )
