"""Everybody is in one fold, and is predicted by the others alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from speech2face.uncertainty.calibration.folds import Folds, folds_of


@given(st.integers(2, 60), st.integers(2, 12))
def test_everybody_is_in_one_fold(people, folds):
    masks = np.array(folds_of(people, folds, 1))
    assert (masks.sum(axis=0) == 1).all()
    assert np.ptp(masks.sum(axis=1)) <= 1


def test_nobody_is_predicted_by_a_fit_to_themselves():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(40, 3))
    targets = inputs @ rng.normal(size=(3, 2)) + 0.1 * rng.normal(size=(40, 2))
    masks = folds_of(40, 4, 1)
    predicted = Folds.of(inputs, masks).predict(targets)
    assert np.corrcoef(predicted[:, 0], targets[:, 0])[0, 1] > 0.9
    changed = targets + 100.0 * masks[0][:, None]
    again = Folds.of(inputs, masks).predict(changed)
    assert np.array_equal(again[masks[0]], predicted[masks[0]])
    assert not np.allclose(again[masks[1]], predicted[masks[1]])
