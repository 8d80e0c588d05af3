"""The size of a network: its multiply-adds and parameters."""

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def multiply_adds(module: nn.Module, x: Tensor) -> int:
    """Multiply-adds of a forward pass of `x`, in all convolutions and matrix products.

    Counted during the pass, for any network; on PyTorch's meta device it takes neither time nor memory.
    """
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(x)
    return counter.get_total_flops() // 2


def parameter_count(module: nn.Module) -> int:
    """Number of parameters, trainable or frozen."""
    return sum(parameter.numel() for parameter in module.parameters())
