"""Conformal quantiles, p-values and risk control promise what they say, for any distribution."""

import numpy as np
import pytest
from crepes import ConformalClassifier, ConformalRegressor
from hypothesis import given
from hypothesis import strategies as st

from speech2face.uncertainty.calibration.conformal import (
    lower_quantile,
    nearest,
    p_value,
    smallest_factor,
    upper_quantile,
    wilson,
)

DRAWS = {
    "normal": lambda rng, size: rng.normal(size=size),
    "skewed": lambda rng, size: rng.exponential(size=size),
    "heavy": lambda rng, size: rng.standard_cauchy(size=size),
    "with ties": lambda rng, size: rng.integers(0, 4, size=size).astype(float),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
@pytest.mark.parametrize("people", [19, 60])
def test_next_person_lies_within_the_quantiles_as_often_as_promised(draw, people):
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(4000):
        scores = draw(rng, people + 1)
        low, high = lower_quantile(scores[:-1], 0.05), upper_quantile(scores[:-1], 0.95)
        inside.append(low <= scores[-1] <= high)
    # 4,000 draws: a standard error of half a percent.
    assert np.mean(inside) >= 0.885
    if draw is DRAWS["normal"]:
        assert np.mean(inside) <= 0.915 + 1 / people


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
@pytest.mark.parametrize("people", [37, 250])
def test_intervals_are_those_of_crepes(draw, people):
    rng = np.random.default_rng(people)
    errors, predicted = np.abs(draw(rng, people)), rng.normal(size=5)
    for share in (0.5, 0.8, 0.9, 0.95):
        oracle = ConformalRegressor().fit(errors).predict_int(predicted, confidence=share)
        half = upper_quantile(errors, share)
        np.testing.assert_allclose(oracle, np.column_stack([predicted - half, predicted + half]))


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_p_values_are_those_of_crepes(draw):
    rng = np.random.default_rng(5)
    calibration, tested = draw(rng, 50), draw(rng, 20)
    oracle = ConformalClassifier().fit(calibration).predict_p(tested[:, None], smoothing=False, all_classes=True)
    found = [p_value(score, np.sort(calibration)) for score in tested]
    np.testing.assert_allclose(oracle[:, 0], found)


def test_too_few_people_promise_nothing():
    assert upper_quantile(np.arange(8.0), 0.9) == float("inf")
    assert upper_quantile(np.arange(9.0), 0.9) == 8.0
    assert lower_quantile(np.arange(8.0), 0.1) == -float("inf")


@given(st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_p_value_of_a_calibration_person_is_spread_evenly(people, seed):
    scores = np.sort(np.random.default_rng(seed).normal(size=people))
    values = [p_value(score, scores) for score in scores]
    assert values == [(people - rank + 1) / (people + 1) for rank in range(people)]
    assert p_value(scores[-1] + 1, scores) == 1 / (people + 1)
    assert p_value(scores[0] - 1, scores) == 1.0


def test_risk_of_the_next_person_is_controlled():
    rng = np.random.default_rng(5)
    found = []
    for _ in range(300):
        scale = rng.gamma(2.0, size=(41, 1))
        errors = scale * np.abs(rng.normal(size=(41, 200)))
        factor = smallest_factor(lambda value, known=errors[:-1]: (known > value).mean(axis=1), 0.1)
        found.append((errors[-1] > factor).mean())
    assert np.mean(found) <= 0.1 + 3 * np.std(found) / np.sqrt(300)
    assert np.mean(found) >= 0.03


def test_risk_that_cannot_be_promised_is_an_error():
    with pytest.raises(ValueError, match="cannot be promised with 5 people"):
        smallest_factor(lambda value: np.zeros(5), 0.1)


def test_wilson_holds_the_share_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = [low <= 0.9 <= high for low, high in (wilson(int(rng.binomial(200, 0.9)), 200) for _ in range(2000))]
    assert 0.93 <= np.mean(held) <= 0.97
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=200), st.floats(-2e3, 2e3))
def test_nobody_left_out_is_nearer_than_those_who_are_near(places, at):
    places = np.sort(np.array(places))
    near = nearest(places, at)
    apart = np.abs(places - at)
    others = np.delete(apart, np.arange(len(places))[near])
    assert len(apart[near]) >= min(len(places), 40)
    assert not len(others) or apart[near].max() <= others.min() + 1e-9


def test_people_in_one_place_are_all_near():
    assert len(np.arange(500)[nearest(np.zeros(500), 3.0)]) == 500
