"""The interface of a training task."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from torch import Tensor, nn

from speech2face.data.splits.share import TRAIN, VALIDATION, read_index
from speech2face.learning.training.errors import TrainingError
from speech2face.learning.training.sampler import Batch


class Objective(nn.Module, ABC):
    """A network together with its loss and its data.

    All trainable parameters are in `network`; other parameters must not require gradients. Buffers of the objective
    (such as weights of loss terms) are part of a checkpoint.
    """

    network: nn.Module
    samples: int
    """Training samples."""

    @abstractmethod
    def load(self, batch: Batch) -> dict[str, Tensor]:
        """The tensors of a batch, on the CPU; called in a separate thread, one step ahead."""

    @abstractmethod
    def forward(self, step: int, **tensors: Tensor) -> dict[str, Tensor]:
        """The terms of the loss by name, each a mean over the batch; training minimises their sum.

        Args:
            step: steps taken before this one, over all epochs.
            tensors: what `load` returned, on the training device.
        """

    @abstractmethod
    def validation_loss(self) -> float:
        """The loss on the validation split; the epoch with the lowest one is kept."""

    def observations(self) -> Mapping[str, float]:
        """Further values for the training log."""
        return {}


def learning_splits(index: Path) -> dict[str, pd.DataFrame]:
    """The index of the training split and of the validation split, which chooses the epoch.

    Raises:
        TrainingError: one of the two splits is empty.
    """
    parts = {split: read_index(index, split) for split in (TRAIN, VALIDATION)}
    for split, part in parts.items():
        if part.empty:
            raise TrainingError(
                f"The {split} split of {index} is empty; change the shares in config section 'splits', or add "
                "speakers. The table status.csv beside it says which clips were rejected and why."
            )
    return parts


def fingerprint(parts: Mapping[str, pd.DataFrame]) -> str:
    """A short hash of the clips of each split, for the identity of a run."""
    digest = hashlib.sha256()
    for split, part in parts.items():
        digest.update(split.encode() + b"\0" + "\0".join(part["clip_id"]).encode() + b"\0")
    return digest.hexdigest()[:16]
