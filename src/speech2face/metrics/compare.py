"""Variants of the voice encoder side by side: what each costs and what it knows."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from speech2face.encoder.complexity import multiply_adds, parameter_count
from speech2face.encoder.presets import build_voice_encoder
from speech2face.encoder.spectrogram import PAPER_SAMPLES
from speech2face.files import write_text
from speech2face.metrics.intervals import difference_of_speakers
from speech2face.metrics.retrieval import recall_of_speakers
from speech2face.models import read_description
from speech2face.shards import read_shard

SEED, GALLERIES, RESAMPLES = 0, 10, 2000
FIGURES = {
    "s2f.retrieval.cosine.recall_at_1_percent": "R@1 %",
    "s2f.retrieval.cosine.recall_at_10_percent": "R@10 %",
    "s2f_pictures.retrieval.cosine.recall_at_10_percent": "R@10 % of pictures",
    "s2f.attributes.sex.accuracy": "sex, %",
}


def compare(runs: Sequence[Path], table: Path) -> None:
    """Write a table of finished runs as CSV, and the same as Markdown beside it.

    Args:
        runs: result folders, each with `encoder`, `reconstructions` and `metrics`, of the same test clips; the others
            are compared with the first.

    Raises:
        ValueError: a folder is not that of a finished run.
    """
    rows = [_row(run) | _against(run, runs[0]) for run in runs]
    write_text(table, pd.DataFrame(rows).to_csv(index=False))
    lines = [" | ".join(rows[0]), " | ".join("---" for _ in rows[0])]
    lines += [" | ".join(str(value) for value in row.values()) for row in rows]
    write_text(table.with_suffix(".md"), "".join(f"| {line} |\n" for line in lines))


def _row(run: Path) -> dict[str, object]:
    summary = run / "metrics" / "summary.json"
    if not summary.exists():
        raise ValueError(f"There is no {summary}: run the workflow for this variant first.")
    figures = json.loads(summary.read_text(encoding="utf-8"))
    described = read_description(run / "encoder" / "config.json")
    model = build_voice_encoder(described["preset"], described["arguments"]).eval()
    row: dict[str, object] = {
        "run": run.name,
        "preset": described["preset"],
        "parameters, 10^6": f"{parameter_count(model) / 1e6:.2f}",
        "multiply-adds for 6 s, 10^9": f"{multiply_adds(model, torch.zeros(1, PAPER_SAMPLES)) / 1e9:.2f}",
        "best epoch": described["best_epoch"],
    }
    for name, title in FIGURES.items():
        if name in figures:
            row[title] = "{value:.1f} ({low:.1f} to {high:.1f})".format(**figures[name])
    return row


def _against(run: Path, first: Path) -> dict[str, str]:
    """The paired difference of recall at 10 % to another run."""
    scores = _recalls(run), _recalls(first)
    apart = difference_of_speakers(*scores, np.random.default_rng(SEED), RESAMPLES).as_dict()
    text = "{value:+.1f} ({low:+.1f} to {high:+.1f})".format(**apart)
    return {f"R@10 % against {first.name}": text if run != first else ""}


def _recalls(run: Path) -> np.ndarray:
    """Each speaker's recall at 10 %, 0..1, by the embedding that the voice gives."""
    made = read_shard(run / "reconstructions" / "test.arrow").to_pandas()
    speakers = pd.factorize(made["speaker_id"], sort=True)[0]
    voices, faces = (np.stack(made[f"{kind}_embedding"].to_list()) for kind in ("voice", "face"))
    return recall_of_speakers(voices, faces, speakers, 10, np.random.default_rng(SEED), GALLERIES)
