"""Which samples each step sees, and the chance that it may use on them.

The whole state is (seed, epoch, samples done): an epoch's order and chance are made anew from seed and epoch, so
that resuming takes no time and does not depend on how many processes train. Chance belongs to the sample and not
to the step, for the same reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from speech2face.base.random import stream
from speech2face.learning.training.errors import TrainingError

DRAWS = 2
"""Uniform numbers that a sample gets in each epoch."""


@dataclass(frozen=True)
class Batch:
    """The samples of one step that one process computes."""

    rows: np.ndarray
    """Numbers of the samples, int64 [batch]."""
    chance: np.ndarray
    """Uniform numbers in 0..1 for each sample, float64 [batch, DRAWS]."""
    size: int
    """Samples of the step over all processes."""

    @property
    def share(self) -> float:
        """This process's part of the step."""
        return len(self.rows) / self.size


class Sampler:
    """Cuts every epoch into steps whose sizes differ by one at most, and each step into processes.

    Steps of even size spare batch norm the odd last sample, which a plain cut leaves.

    Args:
        samples: of the training split.
        batch: samples in a step, at most.

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
        """This process's part of each step from `done` samples on.

        Raises:
            ValueError: no step of this sampler ends after `done` samples.
        """
        if done not in self._ends:
            raise ValueError(f"No step ends after {done} samples; steps end after {self._ends[1:].tolist()}.")
        rng = stream(self._seed, "epochs", epoch)
        order = rng.permutation(self.samples)
        chance = rng.uniform(size=(self.samples, DRAWS))
        for step in range(int(np.searchsorted(self._ends, done)), self.steps):
            rows = order[self._ends[step] : self._ends[step + 1]]
            mine = np.array_split(rows, self._world)[self._rank]
            yield Batch(mine, chance[mine], len(rows))
