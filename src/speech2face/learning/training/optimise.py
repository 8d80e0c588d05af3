"""Optimiser, learning rate, precision and device of a training run."""

import math
import os

import torch
from torch import nn

from speech2face.base.precision import fast_autocast, fast_precision
from speech2face.config import Training
from speech2face.learning.training.errors import TrainingError

_NO_GPU = ("", "-1", "NoDevFiles")
"""Values of CUDA_VISIBLE_DEVICES that hide every GPU from a process."""


def prepare(seed: int, threads: int) -> None:
    """Make PyTorch deterministic in this process: seed, algorithms, number of threads."""
    torch.manual_seed(seed)
    if torch.cuda.is_available():
        # Only warn: bilinear sampling, which the decoder warps with, has no deterministic gradient on a GPU.
        torch.use_deterministic_algorithms(True, warn_only=True)
    else:
        # The same without importing the compiler, which takes three seconds and is used on GPUs only.
        torch.set_deterministic_debug_mode("error")
    # No code here reads uninitialised memory, and filling it more than doubles the time of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_num_threads(threads)


def training_device() -> torch.device:
    """This process's GPU if there is one, else the CPU.

    Raises:
        RuntimeError: CUDA_VISIBLE_DEVICES names a GPU that PyTorch cannot use.
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
    """AdamW over the trainable parameters of `network`, in one fused kernel."""
    return torch.optim.AdamW(
        [parameter for parameter in network.parameters() if parameter.requires_grad],
        lr=settings.learning_rate,
        betas=settings.betas,
        eps=settings.epsilon,
        weight_decay=settings.weight_decay,
        fused=True,
    )


def learning_rate(settings: Training, step: int, steps: int) -> float:
    """The learning rate at `step` of `steps`, both counted over all epochs.

    `cosine`: linear warm-up over the first twentieth of the steps, then a cosine to zero. `exponential`: times 0.95
    every 10,000 steps (section 4 of the paper).
    """
    if settings.schedule == "exponential":
        return settings.learning_rate * 0.95 ** (step // 10_000)
    warmup = max(1, steps // 20)
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def autocast(settings: Training, device: torch.device) -> torch.autocast:
    """The precision of the forward pass.

    Raises:
        TrainingError: the settings require bf16, and the hardware has no instructions for it.
    """
    if settings.precision == "bf16" and fast_precision(device) is not torch.bfloat16:
        raise TrainingError(
            "training.precision is bf16, which this machine only emulates, many times slower than fp32; "
            "set it to auto or fp32."
        )
    return torch.autocast(device.type, enabled=False) if settings.precision == "fp32" else fast_autocast(device)


def make_fast(network: nn.Module, device: torch.device) -> None:
    """Store weights of 2-D convolutions channels-last, and compile on a GPU; results stay the same."""
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if device.type == "cuda":
        network.compile()
