"""The files of a bundle, their hashes, and its id."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
import safetensors.torch
from torch import Tensor

from speech2face.base.checksums import check
from speech2face.base.weights import ModelError

FORMAT = 6
"""Increment on incompatible format changes."""
CONFIG, CARD = "config.json", "README.md"
VOICE_ENCODER, FACE_DECODER, CALIBRATION = (
    f"{name}.safetensors" for name in ("voice_encoder", "face_decoder", "calibration")
)
WEIGHTS = (VOICE_ENCODER, FACE_DECODER, CALIBRATION)
HEADS = "heads.safetensors"
"""Only in bundles of talkers, whose true heads are known."""


def weights_of(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the weight files of a bundle with this config."""
    return (*WEIGHTS, HEADS) if config.get("heads") else WEIGHTS


def bundle_id(config: bytes) -> str:
    """The id of a bundle: a hash of its config, which has the hashes of all weight files."""
    return hashlib.sha256(config).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle that was read, and is as it was packed.

    Attributes:
        id: see `bundle_id`.
        weights: the content of each weight file; what was checked is what is used, whatever happens to the files.
    """

    config: Mapping[str, Any]
    id: str
    weights: Mapping[str, bytes]

    def tensors(self, name: str) -> dict[str, Tensor]:
        """The tensors of a weight file."""
        return safetensors.torch.load(self.weights[name])

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """The same as NumPy arrays, those in half precision as float32."""
        arrays = safetensors.numpy.load(self.weights[name])
        return {key: value.astype(np.float32) if value.dtype == np.float16 else value for key, value in arrays.items()}


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle, and check all hashes.

    Raises:
        ModelError: a file is missing or has another hash, or the bundle has another format.
    """
    path = folder / CONFIG
    try:
        check(path)
        data = path.read_bytes()
        config = json.loads(data)
        del config["checksum"]
    except FileNotFoundError:
        raise ModelError(
            f"There is no model in {folder} (no {CONFIG}): make one with `make bundle`, or name its folder."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} cannot be read ({error}); make the bundle again with `make bundle`.") from error
    if config.get("format") != FORMAT:
        raise ModelError(f"{path} is not of a bundle that this version reads; make it again with `make bundle`.")
    hashes = config.get("sha256")
    if not isinstance(hashes, dict):
        raise ModelError(f"{path} names no files; make the bundle again with `make bundle`.")
    return Bundle(
        config=config,
        id=bundle_id(data),
        weights={name: _read_weights(folder / name, hashes.get(name)) for name in weights_of(config)},
    )


def _read_weights(file: Path, digest: str | None) -> bytes:
    data = file.read_bytes() if file.is_file() else b""
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelError(
            f"{file} is missing or is not the file that {CONFIG} was written for: copy the bundle again, whole, "
            "or make it again with `make bundle`."
        )
    return data
