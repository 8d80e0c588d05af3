"""Bootstrap intervals: against the binomial's own spread, and where the bootstrap sees none."""

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap

from speech2face.base.intervals import (
    difference_of_speakers,
    holm,
    mean_of_speakers,
    share_of_speakers,
    statistic_of_speakers,
)


def test_interval_of_coin_flips_is_that_of_the_binomial():
    scores = np.repeat([0.0, 1.0], [280, 120])
    got = share_of_speakers(scores, np.random.default_rng(0), 4000)
    exact = binomtest(120, 400).proportion_ci(0.95, "wilson")
    assert got.value == pytest.approx(30)
    assert got.n == 400
    assert got.low == pytest.approx(100 * exact.low, abs=0.7)
    assert got.high == pytest.approx(100 * exact.high, abs=0.7)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_equal_answers_are_not_certainty(score):
    got = share_of_speakers(np.full(50, score), np.random.default_rng(0), 100)
    exact = binomtest(int(50 * score), 50).proportion_ci(0.95, "exact")
    assert (got.low, got.high) == pytest.approx((100 * exact.low, 100 * exact.high))


def test_a_skewed_share_has_the_interval_that_scipy_gives():
    scores = np.random.default_rng(1).beta(0.1, 1.2, 124)
    got = share_of_speakers(scores, np.random.default_rng(0), 20000)
    known = bootstrap((scores,), np.mean, n_resamples=20000, method="BCa", rng=np.random.default_rng(2))
    assert (got.low, got.high) == pytest.approx(tuple(100 * np.array(known.confidence_interval)), abs=0.15)


def test_the_interval_covers_a_small_share_as_often_as_it_says():
    rng = np.random.default_rng(3)
    covered = []
    for _ in range(400):
        got = share_of_speakers((rng.uniform(size=(124, 4)) < 0.05).mean(axis=1), rng, 400)
        covered.append(got.low <= 5 <= got.high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)


def test_nobody_is_an_error():
    with pytest.raises(ValueError, match="at least one speaker"):
        share_of_speakers(np.zeros(0), np.random.default_rng(0), 100)


def test_a_paired_difference_is_surer_than_two_shares():
    rng = np.random.default_rng(0)
    hard = rng.uniform(size=300)
    one = (hard < 0.6).astype(float)
    other = (hard < 0.5).astype(float)
    apart = difference_of_speakers(one, other, np.random.default_rng(1), 1000)
    assert apart.value == pytest.approx(100 * (one.mean() - other.mean()))
    assert 0 < apart.low < apart.value < apart.high
    alone = share_of_speakers(one, np.random.default_rng(1), 1000)
    assert apart.high - apart.low < alone.high - alone.low
    swapped = difference_of_speakers(other, one, np.random.default_rng(1), 1000)
    assert swapped.value == -apart.value


def test_no_difference_at_all_has_no_spread():
    same = np.array([0.0, 1.0, 1.0])
    assert difference_of_speakers(same, same, np.random.default_rng(0), 100).value == 0


def test_a_mean_keeps_its_unit():
    ages = np.random.default_rng(4).normal(45, 10, 200)
    got = mean_of_speakers(ages, np.random.default_rng(0), 4000)
    assert got.value == pytest.approx(ages.mean())
    assert got.high - got.low == pytest.approx(2 * 1.96 * ages.std() / 200**0.5, rel=0.06)


def test_any_statistic_of_weighted_speakers_has_the_interval_that_scipy_gives():
    x = np.random.default_rng(5).exponential(size=150)

    def spread(weights):
        mean = weights @ x / weights.sum()
        return float(np.sqrt(weights @ (x - mean) ** 2 / weights.sum()))

    got = statistic_of_speakers(spread, 150, np.random.default_rng(0), 6000)
    known = bootstrap((x,), np.std, n_resamples=6000, method="BCa", rng=np.random.default_rng(1))
    assert got.value == pytest.approx(x.std())
    assert (got.low, got.high) == pytest.approx(tuple(known.confidence_interval), abs=0.02)


def test_the_mean_as_a_statistic_is_the_mean():
    scores = np.random.default_rng(6).beta(0.5, 2, 80)
    mean = mean_of_speakers(scores, np.random.default_rng(0), 500)
    same = statistic_of_speakers(lambda w: float(w @ scores / w.sum()), 80, np.random.default_rng(0), 500)
    assert (same.value, same.low, same.high) == pytest.approx((mean.value, mean.low, mean.high))


def test_resamples_without_a_value_are_left_out_and_a_value_that_is_none_is_an_error():
    def of_the_first(weights):
        return 1.0 if weights[0] else float("nan")

    assert statistic_of_speakers(of_the_first, 3, np.random.default_rng(0), 200).low == 1
    with pytest.raises(ValueError, match="must be a number"):
        statistic_of_speakers(lambda weights: float("nan"), 3, np.random.default_rng(0), 200)


def test_an_interval_holds_its_value_even_where_every_resample_is_smaller():
    def distinct(weights):
        return float((weights > 0).mean())

    found = statistic_of_speakers(distinct, 12, np.random.default_rng(0), 200)
    assert found.value == found.high == 1.0
    assert found.low <= found.value


def test_holm_by_hand() -> None:
    # 0.01 x 4, 0.02 x 3, 0.03 x 2 and 0.04 x 1, none below the one before.
    assert holm(np.array([0.03, 0.01, 0.04, 0.02])) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm(np.array([0.5, 0.9, 0.001])) == pytest.approx([1, 1, 0.003])
