"""The sampler: every sample once an epoch, resumable anywhere, the same for any number of processes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.learning.training.errors import TrainingError
from speech2face.learning.training.sampler import Sampler

counts = st.integers(2, 70)


@given(samples=counts, batch=st.integers(2, 20), seed=st.integers(0, 99), epoch=st.integers(0, 5))
def test_an_epoch_has_every_sample_once_in_steps_of_even_size(samples, batch, seed, epoch):
    sampler = Sampler(samples=samples, batch=batch, seed=seed)
    batches = list(sampler.batches(epoch, 0))
    assert sorted(np.concatenate([b.rows for b in batches]).tolist()) == list(range(samples))
    sizes = [len(b.rows) for b in batches]
    assert max(sizes) <= batch
    assert max(sizes) - min(sizes) <= 1
    assert len(batches) == sampler.steps
    assert all(((b.draws >= 0) & (b.draws < 1)).all() for b in batches)


@given(samples=counts, batch=st.integers(2, 20), data=st.data())
def test_an_epoch_goes_on_where_it_was_left(samples, batch, data):
    whole = list(Sampler(samples=samples, batch=batch, seed=1).batches(3, 0))
    left = data.draw(st.integers(0, len(whole)))
    done = sum(b.size for b in whole[:left])
    rest = list(Sampler(samples=samples, batch=batch, seed=1).batches(3, done))
    assert [b.rows.tolist() for b in rest] == [b.rows.tolist() for b in whole[left:]]
    assert [b.draws.tolist() for b in rest] == [b.draws.tolist() for b in whole[left:]]


@given(samples=st.integers(8, 70), world=st.integers(2, 4))
def test_processes_share_each_step_of_one(samples, world):
    alone = list(Sampler(samples=samples, batch=8, seed=1).batches(0, 0))
    shared = [list(Sampler(samples=samples, batch=8, seed=1, rank=r, world=world).batches(0, 0)) for r in range(world)]
    for step, parts in zip(alone, zip(*shared, strict=True), strict=True):
        np.testing.assert_array_equal(step.rows, np.concatenate([p.rows for p in parts]))
        np.testing.assert_array_equal(step.draws, np.concatenate([p.draws for p in parts]))
        assert sum(p.share for p in parts) == pytest.approx(1)


def test_epochs_and_seeds_differ_and_chance_belongs_to_the_sample():
    def order(seed, epoch, batch=10):
        batches = list(Sampler(samples=50, batch=batch, seed=seed).batches(epoch, 0))
        return np.concatenate([b.rows for b in batches]), np.concatenate([b.draws for b in batches])

    assert not np.array_equal(order(1, 0)[0], order(1, 1)[0])
    assert not np.array_equal(order(1, 0)[0], order(2, 0)[0])
    for few, many in zip(order(1, 0, batch=7), order(1, 0, batch=25), strict=True):
        np.testing.assert_array_equal(few, many)


def test_a_step_smaller_than_the_processes_is_a_clear_error():
    with pytest.raises(TrainingError, match=r"1 samples for 2 processes; raise training\.batch"):
        Sampler(samples=3, batch=2, seed=0, world=2)


def test_a_place_between_steps_is_refused():
    with pytest.raises(ValueError, match="No step ends after 3 samples"):
        list(Sampler(samples=8, batch=4, seed=0).batches(0, 3))
