"""A task small enough to train in seconds, with all that makes resuming hard: batch norm, dropout, chance, buffers.

Run as `python -m tests.unit.learning.training.toy FOLDER SETTINGS` it trains in a process of its own; its rank writes
which samples it saw to FOLDER/seen-RANK.jsonl.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from speech2face.config import Training
from speech2face.learning.training import processes
from speech2face.learning.training.files import Files
from speech2face.learning.training.loop import train
from speech2face.learning.training.objective import Objective
from speech2face.learning.training.optimise import prepare
from speech2face.learning.training.sampler import Batch

SETTINGS = Training(
    epochs=4,
    patience=None,
    batch=8,
    learning_rate=3e-3,
    schedule="cosine",
    betas=(0.9, 0.98),
    epsilon=1e-8,
    weight_decay=1e-2,
    clip=1.0,
    precision="fp32",
    checkpoint_seconds=0,
    processes=1,
    threads=1,
)
SEED = 5


class Toy(Objective):
    """Learns a product of two inputs, one of them jittered."""

    def __init__(self, samples: int = 45, dropout: float = 0.2, seen: Path | None = None, pause: float = 0) -> None:
        super().__init__()
        rng = np.random.default_rng(0)
        self.samples, self._seen, self._pause = samples, seen, pause
        self.inputs = torch.from_numpy(rng.normal(size=(samples + 40, 3)).astype(np.float32))
        self.truth = self.inputs[:, :1] * self.inputs[:, 1:2]
        # A bias in front of a batch norm has no gradient but rounding, which Adam turns into steps that two runs with
        # different numbers of processes do not share.
        self.network = nn.Sequential(
            nn.Linear(3, 24, bias=False), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(dropout), nn.Linear(24, 1)
        )
        self.register_buffer("steps_seen", torch.zeros((), dtype=torch.int64))

    def load(self, batch: Batch) -> dict[str, Tensor]:
        if self._seen is not None:
            with self._seen.open("a") as file:
                file.write(json.dumps(batch.rows.tolist()) + "\n")
        time.sleep(self._pause)
        jitter = torch.from_numpy(batch.draws[:, :1].astype(np.float32) - 0.5) * 0.1
        return {"given": self.inputs[batch.rows] + jitter, "truth": self.truth[batch.rows]}

    def forward(self, step: int, *, given: Tensor, truth: Tensor) -> dict[str, Tensor]:
        self.steps_seen += 1
        error = self.network(given) - truth
        return {"squared": error.square().mean(), "absolute": error.abs().mean() * 0.1}

    def validation_loss(self) -> float:
        given, truth = self.inputs[self.samples :], self.truth[self.samples :]
        return (self.network(given) - truth).square().mean().item()


def files(folder: Path) -> Files:
    return Files(
        weights=folder / "model.safetensors",
        config=folder / "config.json",
        history=folder / "history.json",
        checkpoint=folder / "checkpoint.safetensors",
        logs=folder / "logs",
    )


def train_toy(folder: Path, settings: Training = SETTINGS, make: Callable[[], Toy] = Toy) -> Toy:
    """A whole run into `folder`."""
    prepare(SEED, settings.threads)
    objective = make()
    identity = {"network": {"samples": objective.samples}, "data": "toy"}
    description = {"arguments": {}}
    train(
        objective,
        settings=settings,
        seed=SEED,
        what="toy",
        identity=identity,
        description=description,
        files=files(folder),
    )
    return objective


if __name__ == "__main__":
    target, changes = Path(sys.argv[1]), json.loads(sys.argv[2])
    processes.join()
    seen_by_this = target / f"seen-{os.environ.get('RANK', '0')}.jsonl"
    train_toy(
        target,
        SETTINGS.model_copy(update=changes["training"]),
        lambda: Toy(seen=seen_by_this, **changes["toy"]),
    )
