"""Distributed training in several processes, as `torchrun` starts them; a single process needs and does none of it."""

import os

import torch
import torch.distributed as dist
import torch.distributed.nn.functional as differentiable
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel


def join() -> None:
    """Join the process group of `torchrun`, if there is one, and select this process's GPU.

    Raises:
        RuntimeError: there are fewer GPUs than processes.
    """
    if "WORLD_SIZE" in os.environ and not dist.is_initialized():
        if torch.cuda.is_available():
            here, gpus = int(os.environ["LOCAL_WORLD_SIZE"]), torch.cuda.device_count()
            if here > gpus:
                given = os.environ.get("CUDA_VISIBLE_DEVICES")
                raise RuntimeError(
                    f"training.processes asks for {here} GPUs on this machine, which has {gpus} for this job"
                    f"{f' (CUDA_VISIBLE_DEVICES={given})' if given is not None else ''}: lower it, or ask for more."
                )
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")


def leave() -> None:
    """Wait until all processes have come here, then leave the group."""
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


def rank() -> int:
    """Rank of this process; rank 0 writes the files."""
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    """Number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


def total(value: Tensor) -> Tensor:
    """The sum of `value` over all processes, without gradient."""
    value = value.detach().clone()
    if world() > 1:
        dist.all_reduce(value)
    return value


def mean(value: Tensor) -> Tensor:
    """The mean of `value` over all processes, without gradient."""
    return total(value) / world()


def from_first(value: float) -> float:
    """The `value` of the first process."""
    if world() > 1:
        shared = torch.tensor([value], dtype=torch.float64, device=_device())
        dist.broadcast(shared, src=0)
        return float(shared.item())
    return value


def any_of(flag: bool) -> bool:
    """Whether `flag` is true in any process."""
    if world() > 1:
        return bool(total(torch.tensor(float(flag), device=_device())).item() > 0)
    return flag


def _device() -> torch.device:
    return torch.device("cuda", torch.cuda.current_device()) if dist.get_backend() == "nccl" else torch.device("cpu")


def share_gradients(module: nn.Module) -> nn.Module:
    """`module` with gradients averaged over all processes in the backward pass."""
    return DistributedDataParallel(module) if world() > 1 else module


class SharedBatchNorm(_BatchNorm):
    """Batch norm over the samples of all processes, so that their number does not change the result.

    PyTorch's `SyncBatchNorm` refuses tensors on the CPU. State-dict keys are those of `nn.BatchNorm1d` and `2d`.
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2:
            raise ValueError(f"expected [batch, channels, ...], got {input.dim()} dimensions")

    def forward(self, input: Tensor) -> Tensor:
        """Normalise `[batch, channels, ...]` over everything but the channels."""
        if not self.training:
            return super().forward(input)
        x = input.float()
        axes = [0, *range(2, x.dim())]
        shape = [1, -1] + [1] * (x.dim() - 2)
        count = total(torch.tensor(float(x.numel() // x.shape[1]), device=x.device))
        mean = differentiable.all_reduce(x.sum(axes)) / count
        centred = x - mean.view(shape)
        variance = differentiable.all_reduce(centred.square().sum(axes)) / count
        with torch.no_grad():
            # All are set in `nn.BatchNorm1d` and `2d`, which this class replaces.
            assert self.momentum is not None and self.running_mean is not None and self.running_var is not None
            assert self.num_batches_tracked is not None
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        normalised = centred * (variance + self.eps).rsqrt().view(shape)
        return (normalised * self.weight.view(shape) + self.bias.view(shape)).to(input.dtype)


def share_batch_norm(module: nn.Module) -> None:
    """Replace every batch norm inside `module` by a `SharedBatchNorm` with the same weights."""
    if world() == 1:
        return
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
            shared = SharedBatchNorm(child.num_features, eps=child.eps, momentum=child.momentum)
            shared.load_state_dict(child.state_dict())
            setattr(module, name, shared.to(child.weight.device).train(child.training))
        else:
            share_batch_norm(child)
