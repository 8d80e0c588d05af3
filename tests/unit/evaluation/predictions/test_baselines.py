"""The baselines: face embeddings predicted without a neural network."""

import numpy as np
import pandas as pd
import pytest

from speech2face.evaluation.predictions.baselines import baselines


def world(n, rng):
    """People whose faces follow the first of two acoustic measures, and the sex."""
    sex = np.where(rng.uniform(size=n) < 0.5, "female", "male")
    features = np.column_stack([rng.normal(size=n) + 3 * (sex == "male"), rng.normal(size=n)])
    faces = features[:, :1] @ np.array([[1.0, -2.0, 0.5]]) + 0.01 * rng.normal(size=(n, 3))
    return features, faces, pd.DataFrame({"sex": sex})


def predict(features, faces, train, test_features, test):
    return {method.name: method.embeddings for method in baselines(features, faces, train, test_features, test)}


def test_each_baseline_predicts_what_its_name_says():
    rng = np.random.default_rng(0)
    features, faces, train = world(300, rng)
    test_features, true, test = world(50, rng)
    found = predict(features, faces, train, test_features, test)
    assert list(found) == ["acoustic_ridge", "nearest_voice", "mean_face_of_sex", "mean_face"]
    np.testing.assert_allclose(found["acoustic_ridge"], true, atol=0.1)
    assert found["mean_face"] == pytest.approx(np.tile(faces.mean(axis=0), (50, 1)))
    for person in (0, 7):
        of_sex = faces[(train["sex"] == test["sex"][person]).to_numpy()].mean(axis=0)
        assert found["mean_face_of_sex"][person] == pytest.approx(of_sex)
        apart = ((features - test_features[person]) / features.std(axis=0)) ** 2
        assert found["nearest_voice"][person] == pytest.approx(faces[apart.sum(axis=1).argmin()])


def test_a_measure_that_could_not_be_taken_counts_as_the_median():
    rng = np.random.default_rng(1)
    features, faces, train = world(100, rng)
    test_features, _, test = world(3, rng)
    missing, filled = test_features.copy(), test_features.copy()
    missing[1, 0], filled[1, 0] = np.nan, np.median(features[:, 0])
    one, other = (predict(features, faces, train, x, test) for x in (missing, filled))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_without_labels_there_is_no_mean_face_of_a_sex():
    rng = np.random.default_rng(2)
    features, faces, train = world(40, rng)
    test_features, _, test = world(5, rng)
    found = predict(features, faces, train.assign(sex=None), test_features, test.assign(sex=None))
    assert list(found) == ["acoustic_ridge", "nearest_voice", "mean_face"]
