"""The files of a bundle, their hashes, and its id."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from speech2face.base.files import file_sha256, read_sealed
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


def read_config(folder: Path) -> tuple[Mapping[str, Any], str]:
    """The config of a bundle and its id, after a check of all hashes.

    Raises:
        ModelError: a file is missing or has another hash, or the bundle has another format.
    """
    path = folder / CONFIG
    try:
        config, data = read_sealed(path), path.read_bytes()
    except FileNotFoundError:
        raise ModelError(
            f"There is no model in {folder} (no {CONFIG}): make one with `make bundle`, or name its folder."
        ) from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}); make the bundle again with `make bundle`.") from error
    if config.get("format") != FORMAT:
        raise ModelError(f"{path} is not of a bundle that this version reads; make it again with `make bundle`.")
    for name in weights_of(config):
        file = folder / name
        if not file.is_file() or file_sha256(file) != config["sha256"].get(name):
            raise ModelError(
                f"{file} is missing or is not the file that {CONFIG} was written for: copy the bundle again, whole, "
                "or make it again with `make bundle`."
            )
    return config, bundle_id(data)
