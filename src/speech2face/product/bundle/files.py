"""The files of a bundle, their hashes, and the id that these give it."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from speech2face.base.files import file_sha256
from speech2face.base.weights import ModelError

FORMAT = 4
"""Raised when a bundle of now cannot be read as one of before."""
CONFIG, CARD = "config.json", "README.md"
VOICE_ENCODER, FACE_DECODER, CALIBRATION = (
    f"{name}.safetensors" for name in ("voice_encoder", "face_decoder", "calibration")
)
WEIGHTS = (VOICE_ENCODER, FACE_DECODER, CALIBRATION)
HEADS = "heads.safetensors"
"""Of bundles of the talkers' world alone, which knows the heads of its people."""


def weights_of(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The files of weights that a bundle of this config has."""
    return (*WEIGHTS, HEADS) if config.get("heads") else WEIGHTS


def bundle_id(config: bytes) -> str:
    """The id of a bundle, from the bytes of its config, which holds the hashes of all its weights."""
    return hashlib.sha256(config).hexdigest()[:12]


def read_config(folder: Path) -> tuple[Mapping[str, Any], str]:
    """The config of a bundle whose weights are those that it was made with, and the bundle's id.

    Raises:
        ModelError: a file is missing or is another than it should be, or the bundle is of another format.
    """
    path = folder / CONFIG
    try:
        data = path.read_bytes()
        config = json.loads(data)
    except FileNotFoundError:
        raise ModelError(
            f"There is no model in {folder} (no {CONFIG}): make one with `make bundle`, or name its folder."
        ) from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}); make the bundle again with `make bundle`.") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise ModelError(f"{path} is not of a bundle that this version reads; make it again with `make bundle`.")
    for name in weights_of(config):
        file = folder / name
        if not file.is_file() or file_sha256(file) != config["sha256"].get(name):
            raise ModelError(
                f"{file} is missing or is not the file that {CONFIG} was written for: copy the bundle again, whole, "
                "or make it again with `make bundle`."
            )
    return config, bundle_id(data)
