"""What a task brings to the training engine."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from torch import Tensor, nn

from speech2face.data.splits.share import CALIBRATION, TRAIN, read_index
from speech2face.learning.training.errors import TrainingError
from speech2face.learning.training.sampler import Batch


class Objective(nn.Module, ABC):
    """A network together with its loss and its data.

    All that learns is in `network`; other parameters must not ask for gradients. Buffers of the objective, weights
    of loss terms say, are part of a checkpoint.
    """

    network: nn.Module
    samples: int
    """Training samples."""

    @abstractmethod
    def load(self, batch: Batch) -> dict[str, Tensor]:
        """The tensors of a batch, on the CPU; called in a thread of its own, a step ahead."""

    @abstractmethod
    def forward(self, step: int, **tensors: Tensor) -> dict[str, Tensor]:
        """The terms of the loss by name, each a mean over the batch; their sum is what training lowers.

        Args:
            step: steps taken before this one, over all epochs.
            tensors: what `load` gave, on the training device.
        """

    @abstractmethod
    def calibration_loss(self) -> float:
        """The loss on the calibration split, without gradients; the epoch where it is lowest is kept."""

    def observations(self) -> Mapping[str, float]:
        """What else is worth a line in the training log."""
        return {}


def learning_splits(index: Path) -> dict[str, pd.DataFrame]:
    """The clips to learn from and those that choose the epoch.

    Raises:
        TrainingError: one of the two splits is empty.
    """
    parts = {split: read_index(index, split) for split in (TRAIN, CALIBRATION)}
    for split, part in parts.items():
        if part.empty:
            raise TrainingError(
                f"The {split} split of {index} is empty; change the shares in config section 'splits', or add "
                "speakers. The table status.csv beside it says which clips were rejected and why."
            )
    return parts


def fingerprint(parts: Mapping[str, pd.DataFrame]) -> str:
    """A short hash of which clips are learned from, for the identity of a run."""
    digest = hashlib.sha256()
    for split, part in parts.items():
        digest.update(split.encode() + b"\0" + "\0".join(part["clip_id"]).encode() + b"\0")
    return digest.hexdigest()[:16]
