"""Weights of face encoders that no package has: fetched or given, verified by their hash, and converted.

The publishers' files are Python pickles. They are read once, here, after their hash was checked and without running
code from them, and saved as plain arrays (safetensors) with a description.
"""

import hashlib
import io
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import safetensors.torch
import torch
from torch import Tensor

from speech2face.base.files import file_sha256, write_sealed, write_tensors
from speech2face.config import WeightsSource
from speech2face.data.faces.download import download
from speech2face.data.faces.encoders import PRETRAINED
from speech2face.data.faces.pretrained import WeightsError

_MOST_BYTES = 1 << 30
"""Bytes; the largest of the published files, VGG-Face, has 580 million."""


def fetch_weights(*, encoder: str, settings: WeightsSource, weights: Path, config: Path) -> None:
    """Make the checked weights of an encoder and their description from the publisher's file.

    A fetched file is kept until it was read, so that one with an unknown hash is not fetched again after its hash
    was added to the config.

    Args:
        encoder: name of one whose weights no package carries.
        settings: config section `weights` of that encoder.
        weights: file of the weights to write.
        config: description of the weights to write (JSON).

    Raises:
        FileNotFoundError: the config names a file that does not exist.
        DownloadError: the file cannot be fetched.
        WeightsError: its hash is not known or not that of the config, or it does not hold these weights.
    """
    if encoder not in PRETRAINED:
        raise WeightsError(f"{encoder!r} has no weights to fetch: choose one of {', '.join(PRETRAINED)}.")
    field = f"faces.{encoder}.weights"
    released = Path(settings.file or weights.parent / PurePosixPath(urlsplit(settings.address).path).name)
    if not released.is_file():
        if settings.file:
            raise FileNotFoundError(f"There is no file {released}: correct {field}.file.")
        download(settings.address, released, limit=_MOST_BYTES)
    arrays = _read(_checked(released, settings, field), released)
    try:
        network = PRETRAINED[encoder].build(arrays)
    except WeightsError as error:
        raise WeightsError(
            f"{released} does not hold the weights of {encoder} ({error}): docs/face-encoders.md says which files do."
        ) from None
    write_tensors(weights, network.state_dict(), safetensors.torch.save_file)
    description = {"encoder": encoder, "source": settings.file or settings.address, "source_sha256": settings.sha256}
    write_sealed(config, description | {"sha256": file_sha256(weights)})
    if not settings.file:
        released.unlink()


def _checked(released: Path, source: WeightsSource, field: str) -> bytes:
    """The bytes of a file with the expected hash; the checked bytes are those that are used."""
    if (size := released.stat().st_size) > _MOST_BYTES:
        raise WeightsError(f"{released} has {size} bytes, more than any published weights: name another file.")
    data = released.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if source.sha256 is None:
        raise WeightsError(
            f"{released} has SHA-256 {found}, and the config does not say which it should have. Make sure where the "
            f"file is from, then put this hash into {field}.sha256 and run again."
        )
    if found != source.sha256:
        raise WeightsError(
            f"{released} has SHA-256 {found} instead of {source.sha256}. Delete it to fetch it again; if it is the "
            f"file that you want, put its hash into {field}.sha256."
        )
    return data


def _read(data: bytes, released: Path) -> dict[str, Tensor]:
    """The arrays of a file by name."""
    try:
        if released.suffix == ".safetensors":
            arrays = safetensors.torch.load(data)
        else:
            arrays = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # both formats raise several kinds of errors for damaged files
        raise WeightsError(f"{released} cannot be read as weights ({error}).") from error
    if not isinstance(arrays, dict) or not all(isinstance(value, Tensor) for value in arrays.values()):
        raise WeightsError(f"{released} is not a plain list of arrays by name (a state dict).")
    return dict(arrays)
