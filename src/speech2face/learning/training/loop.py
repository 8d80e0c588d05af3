"""The training loop: reproducible, resumable, keeps the best epoch.

The same seed, data, settings, threads and number of processes give the same weights on one machine, byte for byte,
however often the run was killed and resumed.
"""

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speech2face.base.interruption import Interrupted, Termination
from speech2face.base.precision import freed_memory_kept
from speech2face.base.progress import progress, start_logging
from speech2face.base.weights import save_model
from speech2face.config import Training
from speech2face.learning.training import processes
from speech2face.learning.training.checkpoint import State, load_checkpoint, save_checkpoint
from speech2face.learning.training.errors import TrainingError
from speech2face.learning.training.files import Files
from speech2face.learning.training.loading import load_ahead
from speech2face.learning.training.objective import Objective
from speech2face.learning.training.optimise import autocast, build_optimiser, learning_rate, make_fast, training_device
from speech2face.learning.training.record import EVERY, Log, write_history
from speech2face.learning.training.sampler import Batch, Sampler


def train(
    objective: Objective,
    *,
    settings: Training,
    seed: int,
    what: str,
    identity: Mapping[str, Any],
    description: Mapping[str, Any],
    files: Files,
) -> None:
    """Train the network of `objective`, from its checkpoint if there is one, and save the best epoch.

    Args:
        what: name of the model, for the progress bar and errors.
        identity: what defines the run besides training settings and seed (see `checkpoint`).
        description: what is needed to rebuild the network; saved as its config.

    Raises:
        TrainingError: the loss is not finite, the checkpoint belongs to another run, or steps are too small.
        Interrupted: the process got SIGTERM; the run can resume from the checkpoint.
    """
    run = Run(objective, settings=settings, seed=seed, what=what, identity=identity, files=files)
    state = run.fit()
    if processes.rank() == 0:
        save_model(objective.network, files.weights, files.config, {**description, "best_epoch": state.best_epoch})
        write_history(files.history, state.history)
        files.checkpoint.unlink(missing_ok=True)
    processes.leave()


class Run:
    """One training run: `fit` is the loop, `step` one step of it."""

    def __init__(
        self,
        objective: Objective,
        *,
        settings: Training,
        seed: int,
        what: str,
        identity: Mapping[str, Any],
        files: Files,
    ) -> None:
        self.settings, self.seed, self.what, self.files = settings, seed, what, files
        # A resumed run may save more or less often, and use another number of processes or threads.
        unchangeable = settings.model_dump(mode="json", exclude={"checkpoint_seconds", "processes", "threads"})
        self.identity = {"seed": seed, "training": unchangeable, **identity}
        self.sampler = Sampler(
            samples=objective.samples,
            batch=settings.batch,
            seed=seed,
            rank=processes.rank(),
            world=processes.world(),
        )
        self.steps = self.sampler.steps * settings.epochs
        self.device = training_device()
        self.objective = objective.to(self.device)
        processes.share_batch_norm(objective)
        make_fast(objective.network, self.device)
        self.optimiser = build_optimiser(objective.network, settings)
        self.module = processes.share_gradients(objective)
        self.state = State()
        self.best: dict[str, Tensor] = {}
        self.saved = time.monotonic()

    def fit(self) -> State:
        """Train; afterwards the objective's network has the weights of the best epoch."""
        self._resume()
        logs = self.files.logs if processes.rank() == 0 else None
        with freed_memory_kept(), Termination() as termination, Log(logs, self.state.step) as log:
            while self.state.epoch < self.settings.epochs and not self._stopped_improving():
                self.objective.train()
                for batch, tensors in self._batches():
                    values = self.step(batch, tensors)
                    if self.state.step % EVERY == 0:
                        log.write(self.state.step, values)
                    self._save_if_due(termination, log)
                log.write(self.state.step, self._end_epoch())
        self.objective.network.load_state_dict(self.best)
        return self.state

    def step(self, batch: Batch, tensors: Mapping[str, Tensor]) -> dict[str, float]:
        """One step of gradient descent on the `tensors` loaded for `batch`; returns the values to log."""
        started = time.perf_counter()
        # Dropout depends on seed, step and rank alone, so that a checkpoint needs no state of random generators.
        torch.manual_seed(_seed_of(self.seed, self.state.step, processes.rank()))
        rate = learning_rate(self.settings, self.state.step, self.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with autocast(self.settings, self.device):
            terms = self.module(self.state.step, **{name: tensor.to(self.device) for name, tensor in tensors.items()})
        # Processes may have one sample more or less than others, so each term is weighted by its share of samples.
        shares = torch.stack(list(terms.values())) * batch.share
        values = dict(zip(terms, processes.total(shares).tolist(), strict=True))
        self._require_finite(values)
        self.optimiser.zero_grad(set_to_none=True)
        # DDP averages gradients over processes; the shares need their sum.
        (shares.sum() * processes.world()).backward()
        norm = nn.utils.clip_grad_norm_(self.objective.network.parameters(), self.settings.clip or math.inf)
        self.optimiser.step()
        for name, value in values.items():
            self.state.sums[name] = self.state.sums.get(name, 0.0) + value * batch.size
        self.state.done += batch.size
        self.state.step += 1
        return {
            "epoch": self.state.epoch + 1,
            "loss": sum(values.values()),
            **values,
            **self.objective.observations(),
            "gradient_norm": float(norm),
            "learning_rate": rate,
            "samples_per_second": batch.size / (time.perf_counter() - started),
        }

    def _batches(self) -> Iterator[tuple[Batch, dict[str, Tensor]]]:
        """The rest of the epoch."""
        pairs = load_ahead(self.sampler.batches(self.state.epoch, self.state.done), self.objective.load)
        what = f"{self.what} {self.state.epoch + 1}/{self.settings.epochs}"
        remaining = self.sampler.samples - self.state.done
        return progress(pairs, what=what, unit="sample", total=remaining, size=lambda pair: pair[0].size)

    def _require_finite(self, values: Mapping[str, float]) -> None:
        not_finite = [f"{name} is {value}" for name, value in values.items() if not math.isfinite(value)]
        if not_finite:
            where = f"epoch {self.state.epoch + 1}, step {self.state.step + 1}"
            raise TrainingError(
                f"The loss of the {self.what} is not finite in {where} ({', '.join(not_finite)}). "
                "Lower learning_rate or clip in its training settings; a checkpoint "
                f"{self.files.checkpoint}, if there is one, was saved before: delete it to train from the start."
            )

    def _end_epoch(self) -> dict[str, float]:
        """Compute the validation loss, keep the weights if they are the best, and start the next epoch."""
        state = self.state
        self.objective.eval()
        with torch.no_grad():
            loss = self.objective.validation_loss() if processes.rank() == 0 else math.nan
        validation_loss = processes.from_first(loss)
        if not math.isfinite(validation_loss):
            raise TrainingError(
                f"The validation loss of the {self.what} is {validation_loss} after epoch {state.epoch + 1}, though "
                "each training loss was finite. Lower learning_rate in its training settings and delete "
                f"{self.files.checkpoint}, if there is one."
            )
        terms = {name: value / self.sampler.samples for name, value in state.sums.items()}
        epoch = {
            "epoch": state.epoch + 1,
            "train_loss": sum(terms.values()),
            "validation_loss": validation_loss,
            "learning_rate": learning_rate(self.settings, state.step - 1, self.steps),
            **terms,
        }
        state.history.append(epoch)
        start_logging().info("%s %s", self.what, epoch)
        state.epoch, state.done, state.sums = state.epoch + 1, 0, {}
        if validation_loss < state.best_loss:
            state.best_loss, state.best_epoch = validation_loss, state.epoch
            network = self.objective.network.state_dict()
            self.best = {name: value.detach().clone() for name, value in network.items()}
        return epoch

    def _stopped_improving(self) -> bool:
        patience = self.settings.patience
        return patience is not None and self.state.epoch - self.state.best_epoch >= patience

    def _resume(self) -> None:
        path = self.files.checkpoint
        if path.exists():
            self.state, self.best = load_checkpoint(
                path, objective=self.objective, optimiser=self.optimiser, identity=self.identity
            )
            start_logging().info("%s goes on from %s, epoch %d", self.what, path, self.state.epoch + 1)

    def _save_if_due(self, termination: Termination, log: Log) -> None:
        """Save a checkpoint if one is due; save and stop if termination was requested."""
        stop = processes.any_of(termination.requested)
        if stop or time.monotonic() - self.saved >= self.settings.checkpoint_seconds:
            if processes.rank() == 0:
                # Steps before a checkpoint are not repeated: a kill must not lose what was logged of them.
                log.flush()
                save_checkpoint(
                    self.files.checkpoint,
                    state=self.state,
                    objective=self.objective,
                    optimiser=self.optimiser,
                    best=self.best,
                    identity=self.identity,
                )
            self.saved = time.monotonic()
        if stop:
            raise Interrupted(
                f"Training of the {self.what} was asked to stop and saved epoch {self.state.epoch + 1}, sample "
                f"{self.state.done}, to {self.files.checkpoint}. Run the same command again to go on."
            )


def _seed_of(*numbers: int) -> int:
    """One seed made of several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])
