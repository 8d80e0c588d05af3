"""Optimiser, learning rate, precision and device of a training run."""

import math
import os

import torch
from torch import nn

from speech2face.base.precision import fast_autocast, fast_precision
from speech2face.config import Training
from speech2face.learning.training.errors import TrainingError

_NO_GPU = ("", "-1", "NoDevFiles")
"""What schedulers and people write into CUDA_VISIBLE_DEVICES to keep a process from every GPU."""


def prepare(seed: int, threads: int) -> None:
    """Fix every source of chance and order in PyTorch for this process."""
    torch.manual_seed(seed)
    if torch.cuda.is_available():
        # Bilinear sampling, which the decoder warps with, has no repeatable gradient on a GPU: there, a warning.
        torch.use_deterministic_algorithms(True, warn_only=True)
    else:
        # The same, without loading the compiler to tell it so: it takes three seconds, and is for GPUs alone.
        torch.set_deterministic_debug_mode("error")
    # Nothing here reads memory before writing it, and filling it first more than doubles the time of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_num_threads(threads)


def device() -> torch.device:
    """This process's GPU where there is one, else the CPU.

    Raises:
        RuntimeError: whoever started the process gave it a GPU, and PyTorch cannot use it.
    """
    if torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    given = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    if given not in _NO_GPU:
        try:
            torch.cuda.init()
            why = "it finds none"
        except (RuntimeError, AssertionError) as error:
            why = str(error).partition("\n")[0]
        raise RuntimeError(
            f"This process was given the GPU {given} (CUDA_VISIBLE_DEVICES), which PyTorch cannot use: {why} "
            "See whether `nvidia-smi` lists it, or set CUDA_VISIBLE_DEVICES= (to nothing) to work on the CPU."
        )
    return torch.device("cpu")


def build_optimiser(network: nn.Module, settings: Training) -> torch.optim.Optimizer:
    """Adam with decoupled weight decay over what learns in `network`, in one fused kernel."""
    return torch.optim.AdamW(
        [parameter for parameter in network.parameters() if parameter.requires_grad],
        lr=settings.learning_rate,
        betas=settings.betas,
        eps=settings.epsilon,
        weight_decay=settings.weight_decay,
        fused=True,
    )


def learning_rate(settings: Training, step: int, steps: int) -> float:
    """The rate of a step, counted over all epochs, of `steps`.

    `cosine`: up over the first twentieth of the steps, then down to zero. `exponential`: the paper's, times 0.95
    every 10,000 steps (section 4 of the paper).
    """
    if settings.schedule == "exponential":
        return settings.learning_rate * 0.95 ** (step // 10_000)
    warm = max(1, steps // 20)
    if step < warm:
        return settings.learning_rate * (step + 1) / warm
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def autocast(settings: Training, place: torch.device) -> torch.autocast:
    """The precision of the forward pass.

    Raises:
        TrainingError: bf16 is asked for where the hardware has no instructions for it.
    """
    if settings.precision == "bf16" and fast_precision(place) is not torch.bfloat16:
        raise TrainingError(
            "training.precision is bf16, which this machine only emulates, many times slower than fp32; "
            "set it to auto or fp32."
        )
    return torch.autocast(place.type, enabled=False) if settings.precision == "fp32" else fast_autocast(place)


def make_fast(network: nn.Module, place: torch.device) -> None:
    """Lay weights of two-dimensional convolutions out by channel, and compile on a GPU; results stay the same."""
    network.to(place, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if place.type == "cuda":
        network.compile()
