"""Loading data one step ahead of training."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def load_ahead(items: Iterable[A], load: Callable[[A], B]) -> Iterator[tuple[A, B]]:
    """Each item with its loaded value, in order; a thread loads the next one while one is in use."""
    with ThreadPoolExecutor(1) as pool:
        current = None
        for item in items:
            following = (item, pool.submit(load, item))
            if current is not None:
                yield current[0], current[1].result()
            current = following
        if current is not None:
            yield current[0], current[1].result()
