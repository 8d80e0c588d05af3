"""The number of threads that an answer is computed on."""

import contextlib
import threading
from collections.abc import Iterator

import torch

_LOCK = threading.Lock()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Run the block on one thread: an answer is many small products, and more threads cost more than they save.

    On two virtual cores an answer took 92 ms on one thread and 79 to 143 ms on two, as others used the machine; finding
    speech alone 6 and 70. It also makes the last digits independent of the number of cores.
    """
    # The number is global in PyTorch: without a lock, another thread could restore ours instead of the usual one.
    with _LOCK:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
