"""The floors: what can be said of a face without a network."""

import numpy as np
import pandas as pd
import pytest

from speech2face.evaluation.predictions.predict import baselines


def world(n, rng):
    """People whose faces follow the first of two acoustic measures, and the sex."""
    sex = np.where(rng.uniform(size=n) < 0.5, "female", "male")
    heard = np.column_stack([rng.normal(size=n) + 3 * (sex == "male"), rng.normal(size=n)])
    faces = heard[:, :1] @ np.array([[1.0, -2.0, 0.5]]) + 0.01 * rng.normal(size=(n, 3))
    return heard, faces, pd.DataFrame({"sex": sex})


def predictions(heard, faces, train, asked, test):
    return {method.name: method.embeddings for method in baselines(heard, faces, train, asked, test)}


def test_each_floor_says_what_its_name_says():
    rng = np.random.default_rng(0)
    heard, faces, train = world(300, rng)
    asked, true, test = world(50, rng)
    found = predictions(heard, faces, train, asked, test)
    assert list(found) == ["acoustic_ridge", "nearest_voice", "mean_face_of_sex", "mean_face"]
    np.testing.assert_allclose(found["acoustic_ridge"], true, atol=0.1)
    assert found["mean_face"] == pytest.approx(np.tile(faces.mean(axis=0), (50, 1)))
    for person in (0, 7):
        of_sex = faces[(train["sex"] == test["sex"][person]).to_numpy()].mean(axis=0)
        assert found["mean_face_of_sex"][person] == pytest.approx(of_sex)
        apart = ((heard - asked[person]) / heard.std(axis=0)) ** 2
        assert found["nearest_voice"][person] == pytest.approx(faces[apart.sum(axis=1).argmin()])


def test_a_measure_that_could_not_be_taken_counts_as_the_median():
    rng = np.random.default_rng(1)
    heard, faces, train = world(100, rng)
    asked, _, test = world(3, rng)
    missing, filled = asked.copy(), asked.copy()
    missing[1, 0], filled[1, 0] = np.nan, np.median(heard[:, 0])
    one, other = (predictions(heard, faces, train, x, test) for x in (missing, filled))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_without_labels_there_is_no_mean_face_of_a_sex():
    rng = np.random.default_rng(2)
    heard, faces, train = world(40, rng)
    asked, _, test = world(5, rng)
    found = predictions(heard, faces, train.assign(sex=None), asked, test.assign(sex=None))
    assert list(found) == ["acoustic_ridge", "nearest_voice", "mean_face"]
