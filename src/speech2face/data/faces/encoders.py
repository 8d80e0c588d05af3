"""Face encoders behind one interface: cutting chips, embedding them, and classifying known people."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from speech2face.config import Faces
from speech2face.data.faces.dlib_encoder import DlibFaceEncoder
from speech2face.data.faces.dlib_weights import read_dlib_weights
from speech2face.data.faces.facenet_encoder import FacenetEncoder
from speech2face.data.faces.pretrained import PretrainedEncoder, read_checked
from speech2face.data.faces.vggface_encoder import VggFaceEncoder

PRETRAINED: Mapping[str, type[FacenetEncoder] | type[VggFaceEncoder]] = {
    encoder.name: encoder for encoder in (FacenetEncoder, VggFaceEncoder)
}
"""The encoders with fetched weights, by their names in the config."""


@runtime_checkable
class FaceEncoder(Protocol):
    """Turns aligned face chips into embeddings. An implementation is a frozen `torch.nn.Module`.

    Attributes:
        name: the name in the config section `faces`.
        dimension: length of an embedding.
        input_size: side of a chip in pixels.
        classifier: from embeddings [batch, dimension] to the logits of the people in the encoder's training; None
            if that layer was not published. Frozen.
    """

    name: str
    dimension: int
    input_size: int
    classifier: nn.Module | None

    def cut_picture(
        self, image: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "68 2"]
    ) -> UInt8[np.ndarray, "size size 3"]:
        """Cut the chip of the face with these landmarks from a picture."""
        ...

    def cut_crops(self, crops: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch 3 size size"]:
        """Cut chips from crops made by `alignment.face_crop`; differentiable, any side."""
        ...

    def embed(self, chips: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch dimension"]:
        """Embed RGB chips in 0..1, cut by this encoder; differentiable in the chips."""
        ...


def load_face_encoder(settings: Faces, *, device: torch.device | str = "cpu") -> FaceEncoder:
    """Load the encoder that the config names, with its weights, onto `device`.

    Raises:
        FileNotFoundError: its weights have not been fetched, or the package that carries them is not installed.
        ValueError: the weights are not those of the config, or not of its network.
    """
    encoder: DlibFaceEncoder | PretrainedEncoder
    if settings.pretrained is None:
        encoder = DlibFaceEncoder(read_dlib_weights())
    else:
        build: Callable[[dict[str, Tensor], Any], PretrainedEncoder] = PRETRAINED[settings.encoder]
        encoder = build(read_checked(settings), settings.pretrained)
    return encoder.to(device)
