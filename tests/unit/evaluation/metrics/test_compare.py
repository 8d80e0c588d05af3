"""The table of variants: costs counted, figures taken over with their intervals."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from speech2face.base.weights import save_model
from speech2face.evaluation.metrics.compare import compare
from speech2face.evaluation.predictions.schema import Prediction, write_predictions
from speech2face.learning.encoder.presets import build_voice_encoder

ARGUMENTS = {"dimension": 8, "mels": 40, "stride": 2, "channels": 16, "batch_norm": True, "dropout": 0.3}


def finished(folder, value, noise=0.0, encoders=("encoder",)):
    """A run whose predictions of 40 people's faces are off by so much noise, of one model or of one a fold."""
    rng = np.random.default_rng(0)
    faces = rng.normal(size=(40, 8))
    voices = faces + noise * rng.normal(size=(40, 8))
    clips = pd.DataFrame({"clip_id": [f"c{row}" for row in range(40)], "speaker_id": [f"s{row}" for row in range(40)]})
    write_predictions(folder / "predictions" / "test.arrow", clips, faces, [Prediction.complete("s2f", voices)])
    for epoch, encoder in enumerate(encoders, start=3):
        save_model(
            build_voice_encoder("small", ARGUMENTS),
            folder / encoder / "model.safetensors",
            folder / encoder / "config.json",
            {"preset": "small", "arguments": ARGUMENTS, "best_epoch": epoch},
        )
    (folder / "metrics").mkdir()
    figure = {"value": value, "low": value - 5, "high": value + 5, "n": 10}
    summary = {"s2f.retrieval.cosine.recall_at_10_percent": figure}
    (folder / "metrics" / "summary.json").write_text(json.dumps(summary))
    return folder


def test_each_run_is_a_row(tmp_path):
    runs = [finished(tmp_path / "base", 40.0), finished(tmp_path / "other", 60.123, noise=2.0)]
    compare(runs=runs, table=tmp_path / "table.csv")
    table = pd.read_csv(tmp_path / "table.csv")
    assert table["run"].tolist() == ["base", "other"]
    assert table["R@10 %"].tolist() == ["40.0 (35.0 to 45.0)", "60.1 (55.1 to 65.1)"]
    assert (table["parameters, 10^6"] > 0).all()
    assert (table["best epoch"] == 3).all()
    assert table["R@10 % against base"].isna().tolist() == [True, False]
    value, low, high = map(float, re.findall(r"[+-][\d.]+", table["R@10 % against base"][1]))
    assert -100 < low <= value <= high < 0
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1


def test_a_cross_validation_is_a_row(tmp_path):
    run = finished(tmp_path / "base", 40.0, encoders=("folds/0/encoder", "folds/1/encoder"))
    compare(runs=[run], table=tmp_path / "table.csv")
    table = pd.read_csv(tmp_path / "table.csv")
    assert table["best epoch"].tolist() == ["3, 4"]
    assert table["R@10 %"].tolist() == ["40.0 (35.0 to 45.0)"]


def test_an_unfinished_run_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"no .*base/metrics/summary\.json: run the workflow for this variant first"):
        compare(runs=[tmp_path / "base"], table=tmp_path / "table.csv")
