"""Fast computation on a device without changing what is computed: number format and memory.

A fast training step runs the forward pass inside `fast_autocast`, and the whole of training inside
`freed_memory_kept`. Weights, their gradients and the optimiser's state stay float32. Networks of two-dimensional
convolutions gain from `model.to(memory_format=torch.channels_last)` besides, and every network from the optimiser's
`fused=True`.
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator

import torch


def fast_precision(device: torch.device | str) -> torch.dtype:
    """The number format in which `device` multiplies fastest and training still works: bfloat16 or float32.

    bfloat16 has the range of float32, so that no gradient needs scaling, and 8 bits of precision. It is
    chosen only where the hardware multiplies it: on NVIDIA GPUs from compute capability 8.0 (Ampere) on, and
    on x86 processors with AVX512-BF16 or AMX. Elsewhere it is emulated, and slower than float32 by far.
    """
    device = torch.device(device)
    if device.type == "cuda":
        fast = torch.cuda.get_device_capability(device) >= (8, 0)
    elif device.type == "cpu":
        able = torch.cpu.get_capabilities()
        fast = torch.backends.mkldnn.is_available() and bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    else:
        fast = False
    return torch.bfloat16 if fast else torch.float32


def fast_autocast(device: torch.device | str) -> torch.autocast:
    """A context in which matrix products and convolutions run in the fast precision of `device`."""
    precision = fast_precision(device)
    return torch.autocast(torch.device(device).type, dtype=precision, enabled=precision != torch.float32)


def full_precision(device: torch.device | str) -> contextlib.AbstractContextManager[None]:
    """A context in full float32 precision, also inside an autocast: for small computations that must be exact."""
    kind = torch.device(device).type
    # PyTorch's meta device has no autocast to switch off.
    return torch.autocast(kind, enabled=False) if torch.amp.is_autocast_available(kind) else contextlib.nullcontext()


@contextlib.contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Inside the block, this process keeps the memory that it frees; at the end it is returned to the system.

    The C library of Linux maps every large block anew and returns it when freed, so that the kernel clears each
    page of each activation in every training step: for layers that only read and write, such as ReLU or batch
    normalisation, that is most of their time. Other systems are left as they are.
    """
    libc = _glibc()
    if libc is None:
        yield
        return
    libc.mallopt(_M_MMAP_MAX, 0)
    libc.mallopt(_M_TRIM_THRESHOLD, -1)
    try:
        yield
    finally:
        # What glibc itself arrives at in a process that has freed large blocks (mallopt(3), M_MMAP_THRESHOLD).
        libc.mallopt(_M_MMAP_MAX, 65536)
        libc.mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(_M_TRIM_THRESHOLD, 64 << 20)
        libc.malloc_trim(0)


# Parameters of mallopt(3), as numbered in malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_MMAP_MAX = -4


def _glibc() -> ctypes.CDLL | None:
    """The GNU C library of this process; None where there is another."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if hasattr(libc, "gnu_get_libc_version") else None
