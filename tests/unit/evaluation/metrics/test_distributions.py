"""Fréchet distance, identity score and the jackknife against other computations."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.stats import t

from speech2face.evaluation.metrics.distributions import frechet_distance, identity_score, jackknife_of_speakers


def plain_frechet(a: np.ndarray, b: np.ndarray) -> float:
    """As the formula stands, by SciPy's root of a matrix."""
    of_a, of_b = (np.cov(x.T, bias=True) for x in (a, b))
    return float(((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum() + np.trace(of_a + of_b - 2 * sqrtm(of_a @ of_b)).real)


@pytest.mark.parametrize("faces", [40, 5])
def test_frechet_distance_is_that_of_the_formula(faces: int) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(faces, 8)), 0.3 + rng.normal(size=(50, 8)) @ rng.normal(size=(8, 8))
    # The root of a matrix without full rank is exact to the root of the rounding only.
    tolerance = 1e-9 if faces > 8 else 1e-5
    assert frechet_distance(a, b, np.ones(faces), np.ones(50)) == pytest.approx(plain_frechet(a, b), rel=tolerance)


def test_frechet_weights_are_repetitions_and_a_shift_is_its_square() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(12, 4)), rng.normal(size=(9, 4))
    times = rng.integers(0, 4, 12)
    assert frechet_distance(a, b, times / 7, np.ones(9)) == pytest.approx(
        frechet_distance(np.repeat(a, times, axis=0), b, np.ones(times.sum()), np.ones(9))
    )
    assert frechet_distance(a, a, np.ones(12), np.ones(12)) == pytest.approx(0, abs=1e-12)
    assert frechet_distance(a, a + 2, np.ones(12), np.ones(12)) == pytest.approx(4 * 2**2)


def test_identity_score_by_hand() -> None:
    probabilities = np.array([[0.5, 0.5, 0], [0.25, 0.25, 0.5]])
    mean = [0.375, 0.375, 0.25]
    first = 2 * 0.5 * np.log(0.5 / 0.375)
    second = 2 * 0.25 * np.log(0.25 / 0.375) + 0.5 * np.log(0.5 / 0.25)
    assert np.allclose(probabilities.mean(axis=0), mean)
    assert identity_score(probabilities, np.ones(2)) == pytest.approx(np.exp((first + second) / 2))


def test_identity_score_goes_from_one_to_the_number_of_people() -> None:
    assert identity_score(np.eye(5), np.ones(5)) == pytest.approx(5)
    assert identity_score(np.full((5, 7), 1 / 7), np.ones(5)) == pytest.approx(1)
    assert identity_score(np.eye(4), np.array([1.0, 1, 0, 0])) == pytest.approx(2)


def test_jackknife_of_a_mean_is_the_interval_of_student() -> None:
    scores = np.random.default_rng(3).normal(size=30)
    measure = jackknife_of_speakers(lambda w: float(np.average(scores, weights=w)), 30, least=-10)
    room = t.ppf(0.975, 29) * scores.std(ddof=1) / np.sqrt(30)
    assert (measure.value, measure.n) == (pytest.approx(scores.mean()), 30)
    assert (measure.low, measure.high) == (pytest.approx(scores.mean() - room), pytest.approx(scores.mean() + room))
    bounded = jackknife_of_speakers(lambda w: float(np.average(scores, weights=w)), 30, least=scores.mean() - room / 2)
    assert bounded.low == scores.mean() - room / 2


def test_jackknife_leaves_groups_out_of_many_speakers() -> None:
    scores, seen = np.random.default_rng(4).normal(size=1000), []

    def mean(weights: np.ndarray) -> float:
        seen.append(weights)
        return float(np.average(scores, weights=weights))

    measure = jackknife_of_speakers(mean, 1000, least=-10)
    left_out = np.stack([weights == 0 for weights in seen])
    assert left_out.sum(axis=0).tolist() == [1] * 1000
    assert len(seen) == 201
    assert (measure.high - measure.low) / 2 == pytest.approx(1.96 * scores.std() / np.sqrt(1000), rel=0.15)
