"""How many threads an answer is computed on."""

import contextlib
import threading
from collections.abc import Iterator

import torch

_ALONE = threading.Lock()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """One thread: an answer is many small products, and waiting for others costs more than they save.

    On two virtual cores an answer took 92 ms on one thread and 79 to 143 ms on two, as others used the machine; finding
    speech alone 6 and 70. It also makes the last digits independent of the number of cores.
    """
    # The number of threads is one for all of PyTorch: nobody else may take ours for the usual one.
    with _ALONE:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
