"""Variants compared: a collapse shows as no spread, and the better one has the higher recall."""

import numpy as np
import pytest

from speech2face.config import load_config
from speech2face.evaluation.metrics.convergence import measure, relative_error, variance
from speech2face.evaluation.trials.schema import write_trial
from tests.conftest import ROOT

SETTINGS = load_config([ROOT / "config" / "config.yaml"]).metrics.model_copy(update={"bootstrap": 200})


def test_by_hand():
    points = np.array([[0.0, 0.0], [2.0, 0.0]])
    assert variance(points, np.ones(2)) == 1
    assert variance(points, np.array([1.0, 0.0])) == 0
    assert relative_error(points + np.array([0.0, 1.0]), points, np.ones(2)) == 1
    assert relative_error(points, points, np.ones(2)) == 0


def test_collapse_and_the_better_variant_are_seen(tmp_path):
    rng = np.random.default_rng(0)
    faces = rng.normal(size=(80, 6))
    predictions = {
        "run": faces + 0.5 * rng.normal(size=faces.shape),
        "collapsed": np.tile(faces.mean(axis=0), (80, 1)),
        "perfect": faces,
    }
    rows = (
        {
            "clip_id": f"c{n}", "speaker_id": f"s{n // 2}", "condition": name,
            "face_embedding": faces[n], "voice_embedding": predictions[name][n],
        }
        for name in predictions
        for n in range(80)
    )  # fmt: skip
    write_trial(tmp_path / "variants", 6, rows)
    found = measure(variants=tmp_path / "variants", settings=SETTINGS, seed=0)
    assert found["collapsed.convergence.spread"].value == pytest.approx(0, abs=1e-6)
    assert found["collapsed.convergence.error"].value == pytest.approx(1, abs=1e-6)
    assert found["collapsed.convergence.recall_at_10_percent"].value == pytest.approx(10, abs=1)
    assert found["collapsed.convergence.against_run.recall_at_10_percent"].high < 0
    assert found["perfect.convergence.error"].value == pytest.approx(0, abs=1e-6)
    assert found["perfect.convergence.spread"].value == pytest.approx(100)
    assert found["perfect.convergence.recall_at_10_percent"].value == 100
    expected = ((predictions["run"] - faces) ** 2).sum(axis=1).mean() / faces.var(axis=0).sum()
    assert found["run.convergence.error"].value == pytest.approx(expected, rel=1e-5)
    assert "run.convergence.against_run.recall_at_10_percent" not in found
