"""How much a network computes and holds."""

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def multiply_adds(module: nn.Module, x: Tensor) -> int:
    """Multiplications with addition of one forward pass of `x`, in all convolutions and matrix products.

    Counted as the pass runs, so that any network counts; on PyTorch's meta device that takes neither time nor memory.
    """
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(x)
    return counter.get_total_flops() // 2


def parameter_count(module: nn.Module) -> int:
    """Numbers that training has set, here or, in a pretrained part, elsewhere."""
    return sum(parameter.numel() for parameter in module.parameters())
