"""Means over pairs of speakers, against hand-computed cases and against resamples written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.evaluation.metrics.pairs import between_speakers, mean_of_pairs, only


def test_clips_of_a_pair_are_averaged_by_hand() -> None:
    table = np.arange(16.0).reshape(4, 4)
    means = between_speakers(table, np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2]))
    assert np.isnan(np.diag(means)).all()
    assert means[0].tolist()[1:] == [(1 + 2 + 5 + 6) / 4, (3 + 7) / 2]
    assert means[1, 0] == 8
    assert means[2].tolist()[:2] == [12, (13 + 14) / 2]


def test_weights_are_those_of_a_resample_in_which_nobody_is_paired_with_himself() -> None:
    pairs = np.random.default_rng(0).normal(size=(4, 4))
    np.fill_diagonal(pairs, np.nan)
    drawn = [0, 0, 1, 3]
    written_out = [pairs[a, b] for a in drawn for b in drawn if a != b]
    assert mean_of_pairs(pairs)(np.array([2.0, 1, 0, 1])) == pytest.approx(np.mean(written_out))
    assert np.isnan(mean_of_pairs(pairs)(np.array([3.0, 0, 0, 0])))


def test_pairs_that_do_not_count_fall_out() -> None:
    pairs = np.array([[np.nan, 1, 2], [3, np.nan, 4], [5, 6, np.nan]])
    one_sex = np.array([[True, True, False], [True, True, False], [False, False, True]])
    assert mean_of_pairs(only(pairs, one_sex))(np.ones(3)) == 2


@given(st.lists(st.integers(0, 3), min_size=5, max_size=5), st.integers(0, 100))
def test_the_mean_of_pairs_counts_each_draw_of_a_speaker(weights: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    distances = rng.uniform(size=(5, 5))
    distances += distances.T
    chosen = rng.uniform(size=(5, 5)) < 0.6
    chosen = (chosen | chosen.T) & ~np.eye(5, dtype=bool)
    drawn = np.repeat(np.arange(5), weights)
    pairs = [distances[a, b] for a in drawn for b in drawn if a != b and chosen[a, b]]
    got = mean_of_pairs(only(distances, chosen))(np.array(weights, float))
    assert got == pytest.approx(np.mean(pairs)) if pairs else np.isnan(got)
