"""Loading one step ahead of the step that learns."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def ahead(items: Iterable[A], load: Callable[[A], B]) -> Iterator[tuple[A, B]]:
    """Each item with what `load` gives for it, in order; the next is loaded in a thread while one is in use."""
    with ThreadPoolExecutor(1) as pool:
        waiting = None
        for item in items:
            following = (item, pool.submit(load, item))
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = following
        if waiting is not None:
            yield waiting[0], waiting[1].result()
