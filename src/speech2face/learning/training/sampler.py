"""Which samples each step gets, and the random numbers for their augmentation.

The whole state is (seed, epoch, samples done): order and random numbers of an epoch follow from seed and epoch, so
that resuming takes no time and does not depend on the number of processes. Random numbers belong to a sample, not
to a step, for the same reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from speech2face.base.random import stream
from speech2face.learning.training.errors import TrainingError

DRAWS = 2
"""Uniform random numbers per sample and epoch."""


@dataclass(frozen=True)
class Batch:
    """One process's samples of one step."""

    rows: np.ndarray
    """Indices of the samples, int64 [batch]."""
    draws: np.ndarray
    """Uniform random numbers in 0..1 for each sample, float64 [batch, DRAWS]."""
    size: int
    """Samples of the step over all processes."""

    @property
    def share(self) -> float:
        """This process's share of the step's samples."""
        return len(self.rows) / self.size


class Sampler:
    """Divides every epoch into steps whose sizes differ by at most one, and each step among processes.

    So no last step has a single sample, which batch norm cannot use.

    Args:
        samples: size of the training split.
        batch: maximum samples per step, over all processes.

    Raises:
        TrainingError: a step is smaller than the number of processes.
    """

    def __init__(self, *, samples: int, batch: int, seed: int, rank: int = 0, world: int = 1) -> None:
        self.samples, self._seed, self._rank, self._world = samples, seed, rank, world
        self.steps = -(-samples // batch)
        # The first `larger` steps have one sample more than the others.
        size, larger = divmod(samples, self.steps)
        self._ends = np.cumsum([0, *([size + 1] * larger), *([size] * (self.steps - larger))])
        if size < world:
            raise TrainingError(
                f"A training step has {size} samples for {world} processes; "
                "raise training.batch or lower training.processes."
            )

    def batches(self, epoch: int, done: int) -> Iterator[Batch]:
        """This process's part of each remaining step, after `done` samples.

        Raises:
            ValueError: no step of this sampler ends after `done` samples.
        """
        if done not in self._ends:
            raise ValueError(f"No step ends after {done} samples; steps end after {self._ends[1:].tolist()}.")
        rng = stream(self._seed, "epochs", epoch)
        order = rng.permutation(self.samples)
        draws = rng.uniform(size=(self.samples, DRAWS))
        for step in range(int(np.searchsorted(self._ends, done)), self.steps):
            rows = order[self._ends[step] : self._ends[step + 1]]
            own = np.array_split(rows, self._world)[self._rank]
            yield Batch(own, draws[own], len(rows))
