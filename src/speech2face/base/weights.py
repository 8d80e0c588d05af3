"""Models on disk: weights as safetensors, and a JSON description of how to build the network."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch
from safetensors import safe_open
from torch import Tensor, nn

from speech2face.base.checksums import check
from speech2face.base.files import read_sealed, write_sealed, write_tensors


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
    write_tensors(weights, tensors, safetensors.torch.save_file)
    write_sealed(config, description)


def read_description(config: Path) -> dict[str, Any]:
    """The description saved beside the weights.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        return read_sealed(config)
    except (OSError, ValueError) as error:
        raise ModelError(f"{config} is not a readable model description ({error}); train the model again.") from error


def load_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors that `files.write_tensors` wrote.

    Raises:
        ValueError: the file is damaged, or has no checksum.
        OSError: it cannot be read.
    """
    check(path)
    return safetensors.torch.load_file(str(path))


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """The same as NumPy arrays.

    Raises:
        ValueError, OSError: as `load_tensors`.
    """
    check(path)
    return safetensors.numpy.load_file(str(path))


def load_metadata(path: Path) -> dict[str, str]:
    """The metadata that `files.write_tensors` was given.

    Raises:
        ValueError, OSError: as `load_tensors`.
    """
    check(path)
    with safe_open(str(path), framework="numpy") as file:
        about: dict[str, str] = json.loads(file.metadata()["about"])
    del about["checksum"]
    return about


def load_weights(model: nn.Module, weights: Path) -> None:
    """Load the saved weights into `model`; names and shapes must match.

    Raises:
        ModelError: the file is missing, damaged, or belongs to another network.
    """
    try:
        model.load_state_dict(load_tensors(weights))
    except Exception as error:  # safetensors raises several kinds of errors for damaged files
        raise ModelError(f"{weights} does not fit its config ({error}); train the model again.") from error
