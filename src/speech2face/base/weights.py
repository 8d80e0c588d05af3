"""Models on disk: weights as safetensors, and a JSON description of how to build the network."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from speech2face.base.files import write_json, write_tensors


class ModelError(ValueError):
    """A model that cannot be loaded; the message says which and why."""


def save_model(
    model: nn.Module,
    weights: Path,
    config: Path,
    description: dict[str, Any],
    stored_as: Mapping[str, torch.dtype] = MappingProxyType({}),
) -> None:
    """Write weights and description atomically.

    Args:
        stored_as: types of the tensors that are stored in fewer bits.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    tensors |= {name: tensors[name].to(dtype) for name, dtype in stored_as.items()}
    write_tensors(weights, tensors, save_file)
    write_json(config, description)


def read_description(config: Path) -> dict[str, Any]:
    """The description saved beside the weights.

    Raises:
        ModelError: it is missing or is not JSON.
    """
    try:
        return json.loads(config.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ModelError(f"{config} is not a readable model description ({error}); train the model again.") from error


def load_weights(model: nn.Module, weights: Path) -> None:
    """Load the saved weights into `model`; names and shapes must match.

    Raises:
        ModelError: the file is missing, damaged, or belongs to another network.
    """
    try:
        model.load_state_dict(load_file(str(weights)))
    except Exception as error:  # safetensors raises several kinds of errors for damaged files
        raise ModelError(f"{weights} does not fit its config ({error}); train the model again.") from error
