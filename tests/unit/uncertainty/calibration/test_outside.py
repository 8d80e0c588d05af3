"""A voice is outside where it differs as calibration voices hardly do, however little that is in any one feature."""

import numpy as np
import pytest

from speech2face.uncertainty.calibration.conformal import p_value
from speech2face.uncertainty.calibration.outside import fit_outside, oddness

PEOPLE, FEATURES, CAUSES = 130, 200, 12


@pytest.fixture(scope="module")
def world():
    """Features that a few causes join, and directions in which people differ little."""
    rng = np.random.default_rng(3)
    joined = rng.normal(size=(CAUSES, FEATURES))

    def people(count):
        return rng.normal(size=(count, CAUSES)) @ joined + 0.5 * rng.normal(size=(count, FEATURES))

    # No cause has a part in these directions.
    unjoined = np.linalg.svd(joined)[2][CAUSES:]
    calibration = people(PEOPLE)
    return calibration, people, unjoined


def flagged(fitted, voices, level=0.05):
    statistics = {name: fitted[name] for name in ("mean", "spread", "axes")}
    return np.mean([p_value(score, fitted["scores"]) <= level for score in oddness(voices, **statistics)])


def test_what_is_odd_only_in_a_combination_of_low_variance_is_outside(world):
    calibration, people, unjoined = world
    fitted = fit_outside(calibration)
    odd = people(200) + 6.0 * unjoined[:4].sum(axis=0)
    # In a feature that is a quarter of its deviation at most, on average.
    moved = np.abs(6.0 * unjoined[:4].sum(axis=0) / calibration.std(axis=0))
    assert moved.mean() < 0.25
    assert flagged(fitted, odd) >= 0.95


def test_others_of_the_same_kind_are_flagged_as_often_as_the_level_says(world):
    """By scores of people left out with a fold, hardly any would be."""
    _, people, _ = world
    shares = [flagged(fit_outside(people(PEOPLE)), people(200), level=0.2) for _ in range(20)]
    # The mean of 20 calibrations, each of which gives a share within 3.5 %.
    assert np.mean(shares) == pytest.approx(0.2, abs=0.03)


def test_it_is_the_distance_with_a_floor_under_each_variance(world):
    calibration, people, _ = world
    fitted = fit_outside(calibration)
    standard = (calibration - calibration.mean(axis=0)) / calibration.std(axis=0)
    covariance = standard.T @ standard / PEOPLE + 0.1 * np.eye(FEATURES)
    voices = people(5)
    ours = (voices - calibration.mean(axis=0)) / calibration.std(axis=0)
    expected = 0.1 * (ours * np.linalg.solve(covariance, ours.T).T).sum(axis=1)
    assert np.allclose(oddness(voices, **{name: fitted[name] for name in ("mean", "spread", "axes")}), expected)


def test_scores_are_those_of_a_fit_to_all_others(world):
    calibration, _, _ = world
    standard = (calibration - calibration.mean(axis=0)) / calibration.std(axis=0)
    scores = []
    for person in range(PEOPLE):
        others = np.delete(standard, person, axis=0)
        away = standard[person] - others.mean(axis=0)
        covariance = np.cov(others.T, bias=True) + 0.1 * np.eye(FEATURES)
        scores.append(0.1 * away @ np.linalg.solve(covariance, away))
    assert np.allclose(fit_outside(calibration)["scores"], np.sort(scores))
