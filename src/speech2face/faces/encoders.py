"""Face encoders behind one interface: a name, an input size, a dimension and `embed`."""

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from speech2face.faces.dlib_encoder import DlibFaceEncoder
from speech2face.faces.dlib_weights import read_dlib_weights


@runtime_checkable
class FaceEncoder(Protocol):
    """Turns aligned face chips into embeddings. An implementation is a frozen `torch.nn.Module`.

    Attributes:
        name: the name in the config section `faces`.
        dimension: length of an embedding.
        input_size: side of a chip in pixels.
    """

    name: str
    dimension: int
    input_size: int

    def embed(self, chips: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch dimension"]:
        """Embed RGB chips in 0..1, aligned in the encoder's own way; differentiable in the chips."""
        ...


def load_face_encoder(name: str, *, device: torch.device | str = "cpu") -> FaceEncoder:
    """Load the encoder called `name`, with its weights, onto `device`.

    Raises:
        ValueError: no encoder has that name.
    """
    if name not in _LOADERS:
        raise ValueError(f"There is no face encoder {name!r}: choose one of {', '.join(sorted(_LOADERS))}.")
    return _LOADERS[name](torch.device(device))


def _load_dlib(device: torch.device) -> FaceEncoder:
    return DlibFaceEncoder(read_dlib_weights()).to(device)


_LOADERS: Mapping[str, Callable[[torch.device], FaceEncoder]] = {"dlib": _load_dlib}
