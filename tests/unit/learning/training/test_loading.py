"""Loading one step ahead: in order, each value with its item, the next one while the caller works, errors passed on."""

import threading

import pytest

from speech2face.learning.training.loading import load_ahead


def test_items_come_in_order_with_their_values():
    assert list(load_ahead(range(5), lambda item: item * item)) == [(n, n * n) for n in range(5)]
    assert list(load_ahead([], abs)) == []


def test_the_next_item_is_loaded_while_one_is_in_use_and_no_further():
    started = [threading.Event() for _ in range(4)]

    def load(item):
        started[item].set()

    loading = load_ahead(range(4), load)
    next(loading)
    assert started[1].wait(timeout=30)
    assert not started[2].wait(timeout=0.2)


def test_an_error_is_raised_at_its_item():
    loading = load_ahead([1, 0, 2], lambda item: 1 / item)
    assert next(loading) == (1, 1.0)
    with pytest.raises(ZeroDivisionError):
        next(loading)
