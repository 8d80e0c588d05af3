"""What the measures of trials share."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from speech2face.evaluation.metrics.conditions import (
    by_condition,
    directions,
    ratio_to,
    recalls,
)
from speech2face.evaluation.metrics.retrieval import cosine
from speech2face.evaluation.trials.schema import read_trial
from tests.unit.evaluation.metrics.made_trials import made_faces, write_made_trial


def test_conditions_keep_their_order_and_sort_their_clips(tmp_path):
    faces = made_faces(3)
    voices = {"10": faces[::-1], "2": faces}
    trial = read_trial(write_made_trial(tmp_path / "trial.arrow", voices, faces)).sample(frac=1, random_state=1)
    trial = trial.sort_values("condition")  # "10" before "2", the clips still shuffled
    conditions = by_condition(trial)
    assert list(conditions) == ["10", "2"]
    assert conditions["10"].clips["clip_id"].tolist() == ["t00000_0", "t00001_0", "t00002_0"]
    np.testing.assert_array_equal(conditions["10"].voices, faces[::-1])
    np.testing.assert_array_equal(conditions["10"].faces, faces)
    with pytest.raises(ValueError, match="no test clip"):
        by_condition(trial.iloc[:0])


def test_distances_are_those_of_scipy():
    rng = np.random.default_rng(0)
    one, other, centre = rng.normal(size=(5, 4)), rng.normal(size=(5, 4)), rng.normal(size=4)
    expected = cdist(one - centre, other - centre, "cosine")
    np.testing.assert_allclose(1 - directions(one, centre) @ directions(other, centre).T, expected)


def test_recall_is_a_share_of_the_gallery():
    faces = made_faces(20)
    voices = faces[np.r_[1, 0, 2:20]]  # the first two are taken for one another
    found = recalls(voices, faces, (5, 10), cosine)
    assert found["recall_at_5_percent"].tolist() == [0, 0] + [1] * 18
    assert set(found) == {"recall_at_5_percent", "recall_at_10_percent"}


def test_a_ratio_is_of_the_means_of_those_who_have_a_value():
    statistic = ratio_to(lambda weights: 2.0, np.array([1.0, np.nan, 4.0]))
    assert statistic(np.ones(3)) == pytest.approx(1.25)
    assert statistic(np.array([2.0, 1.0, 1.0])) == pytest.approx(1.0)
    assert np.isnan(statistic(np.array([0.0, 3.0, 0.0])))
