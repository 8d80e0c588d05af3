"""All that a killed run needs to go on, as one safetensors file that is written in one step."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from speech2face.base.files import write_tensors
from speech2face.learning.training.errors import TrainingError


@dataclass
class State:
    """Where a run stands, besides its weights."""

    epoch: int = 0
    """Whole epochs before this one."""
    done: int = 0
    """Samples of this epoch that were learned from."""
    step: int = 0
    """Steps over all epochs."""
    sums: dict[str, float] = field(default_factory=dict)
    """Each term of the loss over this epoch's samples so far."""
    best_epoch: int = 0
    """Of the lowest calibration loss, counted from 1."""
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
        identity: what the run is made of (config, seed, data); a checkpoint is only for the same.
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
    """Put a saved run back; the state and the weights of the best epoch.

    Raises:
        TrainingError: the file is damaged, or of a run with another config, seed or data.
    """
    mend = f"Delete {path} to train from the start"
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        state, saved = State(**json.loads(metadata["state"])), json.loads(metadata["identity"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"The checkpoint {path} cannot be read ({error}). {mend}.") from error
    differing = _differing(saved, json.loads(json.dumps(identity)))
    if differing:
        raise TrainingError(
            f"The checkpoint {path} is of another run: {'; '.join(differing)}. {mend}, or put the config back."
        )
    objective.load_state_dict(_under("objective/", tensors))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in _under("optimiser/", tensors).items():
        number, key = name.split("/")
        moments.setdefault(int(number), {})[key] = value
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
    return state, _under("best/", tensors)


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _differing(saved: Any, wanted: Any, name: str = "") -> list[str]:
    """The fields in which two identities differ, `field: saved -> wanted`."""
    if isinstance(saved, dict) and isinstance(wanted, dict):
        names = sorted(saved.keys() | wanted.keys())
        found = [_differing(saved.get(key), wanted.get(key), f"{name}.{key}" if name else key) for key in names]
        return [line for lines in found for line in lines]
    return [] if saved == wanted else [f"{name} was {saved} and is now {wanted}"]
