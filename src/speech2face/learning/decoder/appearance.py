"""A linear face decoder in closed form: the appearance model (Cootes, Edwards and Taylor 2001).

Landmarks and texture are linear in the face embedding, as in Cole et al. (2017) with branches of one linear layer, and
are fitted by ridge regression: seconds on a CPU, no epochs, no chance. Only the sums of products of embeddings and
textures are kept, so that memory does not grow with the number of faces.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.learning.decoder.networks import FaceDecoder


class AppearanceDecoder(FaceDecoder):
    """Face embedding to appearance parameters, and these to landmarks and a symmetric texture; see `FaceDecoder`.

    The appearance parameters are coordinates of half a texture along orthonormal modes, so that the distance of two
    faces' parameters is the distance of their half textures. They are the first layer that the paper's loss compares.
    """

    def __init__(self, *, dimension: int, size: int, landmarks: int) -> None:
        super().__init__(dimension=dimension, size=size, landmarks=landmarks)
        self.size = size
        self.axes = _fitted(dimension, dimension)
        self.landmark_modes = _fitted(dimension, 2 * landmarks)
        self.texture_modes = _fitted(dimension, 3 * size * half(size))

    def first(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch parameters"]:
        """The appearance parameters."""
        return self.standardise(embedding) @ self.axes

    def normalised(
        self, first: Float[Tensor, "batch parameters"]
    ) -> tuple[Float[Tensor, "batch landmarks 2"], Float[Tensor, "batch 3 size size"]]:
        """See `FaceDecoder.normalised`."""
        moved = (first @ self.landmark_modes).view(-1, *self.mean_landmarks.shape)
        changed = unfold((first @ self.texture_modes).view(-1, 3, self.size, half(self.size)))
        return self.mean_landmarks + moved, (self.mean_texture + changed).clamp(0, 1)


def _fitted(*shape: int) -> nn.Parameter:
    """A parameter that no gradient changes."""
    return nn.Parameter(torch.zeros(shape), requires_grad=False)


def half(size: int) -> int:
    """Columns of the left half of a picture, the middle one included."""
    return (size + 1) // 2


def fold(texture: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch 3 size half"]:
    """The left half of the mean of each texture and its mirror image."""
    return ((texture + texture.flip(3)) / 2)[..., : half(texture.shape[3])]


def unfold(left: Float[Tensor, "batch 3 size half"]) -> Float[Tensor, "batch 3 size size"]:
    """The symmetric texture with this left half."""
    return torch.cat([left, left[..., : left.shape[2] - left.shape[3]].flip(3)], dim=3)
