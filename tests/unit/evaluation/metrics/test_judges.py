"""Measures by judges have the names that they have by the run's own face encoder, after the judge's."""

import numpy as np
import pandas as pd
import pytest

from speech2face.evaluation.metrics import judges, retrieval
from speech2face.evaluation.predictions.schema import Prediction, write_predictions
from tests.unit.evaluation.metrics.readable import SETTINGS, people


@pytest.fixture
def tables(tmp_path):
    """A judge that finds every F2F picture, and one that was not at hand."""
    clips = people(8, "test")
    faces = np.random.default_rng(0).normal(size=(len(clips), 5)).astype(np.float32)
    methods = [
        Prediction.complete("f2f", faces + 1),
        Prediction(name="s2f_pictures", embeddings=faces, found=np.arange(len(faces)) > 1),
        Prediction.complete("mean_face", np.ones_like(faces)),
    ]
    write_predictions(tmp_path / "second.arrow", clips, faces, methods)
    write_predictions(tmp_path / "third.arrow", pd.DataFrame(columns=["clip_id", "speaker_id"]), np.zeros((0, 1)), [])
    return [tmp_path / "second.arrow", tmp_path / "third.arrow"]


def test_names_are_those_of_the_face_encoder_after_the_judges(tables):
    found = judges.measure(judges=tables, settings=SETTINGS, seed=1)
    assert found["second.f2f.retrieval.cosine.recall_at_1"].value == 100
    assert found["second.s2f_pictures.retrieval.cosine.recall_at_1"].value == pytest.approx(100 * 7 / 8)
    assert found["second.mean_face.association.verification.auc"].value == pytest.approx(50)
    assert {"second.f2f.similarity.centred_cosine_degrees", "second.f2f.leakage.sex.percentile"} < found.keys()
    assert {name.partition(".")[0] for name in found} == {"second"}
    own = retrieval.measure(predictions=tables[0], settings=SETTINGS, seed=1)
    assert {f"second.{name}" for name in own if not name.startswith("chance.")} < found.keys()
    assert not any(name.startswith("second.chance.") for name in found)
