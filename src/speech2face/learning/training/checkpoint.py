"""The state from which a killed run resumes: one safetensors file, written atomically."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from speech2face.base.files import write_tensors
from speech2face.base.weights import load_metadata, load_tensors
from speech2face.learning.training.errors import TrainingError


@dataclass
class State:
    """The progress of a run, besides its weights."""

    epoch: int = 0
    """Finished epochs."""
    done: int = 0
    """Samples of this epoch that have been trained on."""
    step: int = 0
    """Steps over all epochs."""
    sums: dict[str, float] = field(default_factory=dict)
    """Each term of the loss, summed over this epoch's samples so far."""
    best_epoch: int = 0
    """The epoch with the lowest validation loss, counted from 1."""
    best_loss: float = math.inf
    history: list[dict[str, float]] = field(default_factory=list)


def save_checkpoint(
    path: Path,
    *,
    state: State,
    objective: nn.Module,
    optimiser: torch.optim.Optimizer,
    best: Mapping[str, Tensor],
    identity: Mapping[str, Any],
) -> None:
    """Write the whole state of a run.

    Args:
        best: weights of the best epoch.
        identity: what defines the run (config, seed, data); only a run with the same identity can load the checkpoint.
    """
    tensors = {f"objective/{name}": value for name, value in objective.state_dict().items()}
    tensors |= {f"best/{name}": value for name, value in best.items()}
    for number, values in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{number}/{name}": value for name, value in values.items()}
    metadata = {"state": json.dumps(asdict(state)), "identity": json.dumps(identity, sort_keys=True)}
    write_tensors(path, {name: value.detach().contiguous() for name, value in tensors.items()}, save_file, metadata)


def load_checkpoint(
    path: Path, *, objective: nn.Module, optimiser: torch.optim.Optimizer, identity: Mapping[str, Any]
) -> tuple[State, dict[str, Tensor]]:
    """Restore a saved run; returns its state and the weights of the best epoch.

    Raises:
        TrainingError: the file is damaged, or belongs to a run with another config, seed or data.
    """
    remedy = f"Delete {path} to train from the start"
    try:
        metadata, tensors = load_metadata(path), load_tensors(path)
        state, saved = State(**json.loads(metadata["state"])), json.loads(metadata["identity"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"The checkpoint {path} cannot be read ({error}). {remedy}.") from error
    differences = _differences(saved, json.loads(json.dumps(identity)))
    if differences:
        raise TrainingError(
            f"The checkpoint {path} belongs to another run: {'; '.join(differences)}. {remedy}, or put the config back."
        )
    objective.load_state_dict(_with_prefix("objective/", tensors))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in _with_prefix("optimiser/", tensors).items():
        number, key = name.split("/")
        moments.setdefault(int(number), {})[key] = value
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
    return state, _with_prefix("best/", tensors)


def _with_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _differences(saved: Any, wanted: Any, name: str = "") -> list[str]:
    """The fields in which two identities differ, `field: saved -> wanted`."""
    if isinstance(saved, dict) and isinstance(wanted, dict):
        names = sorted(saved.keys() | wanted.keys())
        found = [_differences(saved.get(key), wanted.get(key), f"{name}.{key}" if name else key) for key in names]
        return [line for lines in found for line in lines]
    return [] if saved == wanted else [f"{name} was {saved} and is now {wanted}"]
