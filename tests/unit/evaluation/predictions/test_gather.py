"""Gathering the predictions of folds: in order, and without the mean of each fold."""

import numpy as np
import pandas as pd
import pytest

from speech2face.evaluation.metrics.retrieval import centred_cosine, hits_at
from speech2face.evaluation.predictions.gather import gather_predictions
from speech2face.evaluation.predictions.schema import Prediction, read_predictions, write_predictions

FOLDS = 5


@pytest.fixture
def folds(tmp_path):
    """Forty people in five folds; each fold predicts only the mean of the others' faces."""
    faces = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
    paths = []
    for fold in range(FOLDS):
        tested = np.arange(fold, 40, FOLDS)
        learned = np.delete(faces, tested, axis=0).mean(axis=0)
        clips = pd.DataFrame({"clip_id": [f"c{n:02d}" for n in tested], "speaker_id": [f"s{n:02d}" for n in tested]})
        mean_faces = np.tile(learned, (len(tested), 1))
        found = np.arange(len(tested)) > 0
        methods = [
            Prediction(name="s2f_pictures", embeddings=mean_faces, found=found),
            Prediction.complete("mean_face", mean_faces),
        ]
        paths.append(tmp_path / f"{fold}.arrow")
        write_predictions(paths[-1], clips, faces[tested], methods)
    return faces, paths


def test_knowing_nothing_is_chance_again(folds, tmp_path):
    faces, paths = folds
    gather_predictions(tables=paths, output=tmp_path / "all.arrow")
    table = read_predictions(tmp_path / "all.arrow")
    assert table.clips["clip_id"].tolist() == [f"c{n:02d}" for n in range(40)]
    assert np.array_equal(table.faces, faces)
    mean = table.methods["mean_face"].embeddings
    assert np.ptp(mean, axis=0).max() < 1e-6
    assert np.allclose(mean[0], faces.mean(axis=0), atol=1e-6)
    assert table.methods["s2f_pictures"].found.tolist() == [n >= FOLDS for n in range(40)]
    # As the folds gave them, the true faces were among the least similar to these predictions.
    given = np.concatenate([read_predictions(path).methods["mean_face"].embeddings for path in paths])
    own = np.concatenate([read_predictions(path).faces for path in paths])
    assert hits_at(centred_cosine(given, own), 20).mean() < 0.3


def test_what_differs_or_comes_twice_is_an_error(folds, tmp_path):
    _, paths = folds
    with pytest.raises(ValueError, match="in more than one of"):
        gather_predictions(tables=[paths[0], paths[0]], output=tmp_path / "all.arrow")
    one = read_predictions(paths[1])
    write_predictions(paths[1], one.clips, one.faces, [one.methods["mean_face"]])
    with pytest.raises(ValueError, match="do not hold the same methods"):
        gather_predictions(tables=paths[:2], output=tmp_path / "all.arrow")
