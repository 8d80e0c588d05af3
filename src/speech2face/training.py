"""The training loop of every network here: plain PyTorch, repeatable, best epoch kept.

The same seed, data, settings and number of threads give the same weights, byte for byte, on one machine.
"""

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from speech2face.config import Training
from speech2face.files import write_text
from speech2face.progress import progress, start_logging


class TrainingError(RuntimeError):
    """Training cannot go on; the message says at which step and why."""


@dataclass(kw_only=True)
class Epoch:
    """One line of the learning curve."""

    epoch: int
    train_loss: float
    calibration_loss: float
    learning_rate: float
    samples_per_second: float = field(metadata={"timing": True})


@dataclass(kw_only=True)
class State:
    """Where a training run stands."""

    epoch: int = 0
    best_epoch: int = -1
    best_loss: float = math.inf
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    history: list[Epoch] = field(default_factory=list)


def prepare(seed: int, threads: int) -> None:
    """Fix every source of chance and order in PyTorch for this process."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    # Nothing here reads memory before writing it, and filling it first more than doubles the time of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_num_threads(threads)


def device() -> torch.device:
    """The GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fit(
    model: nn.Module,
    *,
    batch_loss: Callable[[np.ndarray, np.random.Generator], Tensor],
    samples: int,
    calibration_loss: Callable[[], float],
    settings: Training,
    seed: int,
    what: str,
) -> State:
    """Train `model` and leave the weights of its best epoch in it.

    Args:
        batch_loss: the loss of the samples with the given numbers; may draw chance from the generator.
        samples: how many training samples there are.
        calibration_loss: the loss on the calibration split; the epoch where it is lowest is kept.
        what: the name of the model in progress bar and errors.

    Raises:
        TrainingError: there is nothing to train on, or the loss is not finite.
    """
    if samples == 0:
        raise TrainingError(f"The training split of the {what} is empty; check splits and the status table.")
    log = start_logging()
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, betas=(0.9, 0.98)
    )
    steps = math.ceil(samples / settings.batch) * settings.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _warm_cosine(step, steps))
    state = State()
    for state.epoch in range(settings.epochs):
        started = time.perf_counter()
        rng = np.random.default_rng([seed, state.epoch])
        order = rng.permutation(samples)
        losses = []
        model.train()
        batches = [order[at : at + settings.batch] for at in range(0, samples, settings.batch)]
        for batch in progress(batches, what=f"{what} {state.epoch + 1}/{settings.epochs}", unit="step"):
            loss = batch_loss(batch, rng)
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"The loss of the {what} became {loss.item()} in epoch {state.epoch + 1}; "
                    "lower training.learning_rate."
                )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        seconds = time.perf_counter() - started
        model.eval()
        with torch.no_grad():
            calibrated = calibration_loss()
        state.history.append(
            Epoch(
                epoch=state.epoch + 1,
                train_loss=float(np.mean(losses)),
                calibration_loss=calibrated,
                learning_rate=float(schedule.get_last_lr()[0]),
                samples_per_second=samples / seconds,
            )
        )
        log.info("%s %s", what, state.history[-1])
        if calibrated < state.best_loss:
            state.best_loss, state.best_epoch = calibrated, state.epoch + 1
            state.best_weights = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(state.best_weights)
    return state


def _warm_cosine(step: int, steps: int) -> float:
    """Factor of the learning rate: up over the first twentieth of the steps, then down to zero as a cosine."""
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def write_history(path: Path, state: State) -> None:
    """The learning curve as JSON lines, without timings: those differ between runs of the same bytes."""
    timed = {name for name, f in Epoch.__dataclass_fields__.items() if f.metadata.get("timing")}
    lines = [json.dumps({k: v for k, v in asdict(epoch).items() if k not in timed}) for epoch in state.history]
    write_text(path, "\n".join(lines) + "\n")
