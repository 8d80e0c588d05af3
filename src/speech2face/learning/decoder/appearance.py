"""A linear face decoder in closed form: the appearance model (Cootes, Edwards and Taylor 2001).

Landmarks and texture are linear in the face embedding, as in Cole et al. (2017) with branches of one linear layer, and
are fitted by ridge regression: seconds on a CPU, no epochs, no chance.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.learning.decoder.contrast import blur_matrix
from speech2face.learning.decoder.networks import FaceDecoder

STORED_AS = {"texture_modes": torch.int8}
"""Types of the weights that are stored in fewer bits than they are used in."""
# Regressed alpha is the share of like people whose head covers a pixel. It becomes an outline between these shares.
_OUTSIDE, _INSIDE = 0.45, 0.65
# The outline is drawn in a blurred alpha, in sides of the picture: single strands and specks are of no head in common.
_BLUR = 0.02
# Least alpha that a colour is divided by.
_LEAST = 0.2


class AppearanceDecoder(FaceDecoder):
    """Face embedding to appearance parameters, and these to landmarks and a symmetric texture; see `FaceDecoder`.

    The appearance parameters are coordinates of half a texture along orthonormal modes, so that the distance of two
    faces' parameters is the distance of their half textures. They are the first layer that the paper's loss compares.

    Args:
        parameters: number of appearance parameters.
        modes: number of those, the first, that change the texture; all move landmarks.
    """

    blur: Tensor

    def __init__(self, *, dimension: int, size: int, landmarks: int, parameters: int, modes: int) -> None:
        super().__init__(dimension=dimension, size=size, landmarks=landmarks)
        self.size, self.modes = size, modes
        self.axes = _fitted(dimension, parameters)
        self.landmark_modes = _fitted(parameters, 2 * landmarks)
        # Whole numbers from -127 to 127, stored in 8 bits; each mode has its own unit.
        self.texture_modes = _fitted(modes, 4 * size * half(size))
        self.mode_units = _fitted(modes)
        self.register_buffer("blur", blur_matrix(size, _BLUR * size), persistent=False)

    def set_texture_modes(self, modes: Float[Tensor, "modes pixels"]) -> None:
        """Round the first of these orthonormal modes to 8 bits each, and keep them."""
        kept = modes[: self.modes]
        self.mode_units.copy_(kept.abs().amax(dim=1).clamp_min(torch.finfo(kept.dtype).tiny) / 127)
        self.texture_modes.copy_((kept / self.mode_units[:, None]).round())

    def first(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch parameters"]:
        """The appearance parameters."""
        return self.standardise(embedding) @ self.axes

    def normalised(
        self, first: Float[Tensor, "batch parameters"]
    ) -> tuple[Float[Tensor, "batch landmarks 2"], Float[Tensor, "batch 4 size size"]]:
        """See `FaceDecoder.normalised`."""
        moved = (first @ self.landmark_modes).view(-1, *self.mean_landmarks.shape)
        strength = first[:, : self.modes] * self.mode_units
        changed = unfold((strength @ self.texture_modes).view(-1, 4, self.size, half(self.size)))
        return self.mean_landmarks + moved, outlined(self.mean_texture + changed, self.blur)


def _fitted(*shape: int) -> nn.Parameter:
    """A parameter that no gradient changes."""
    return nn.Parameter(torch.zeros(shape), requires_grad=False)


def outlined(
    regressed: Float[Tensor, "batch 4 size size"], blur: Float[Tensor, "size size"]
) -> Float[Tensor, "batch 4 size size"]:
    """Give a regressed RGBA texture a clear outline; colours are multiplied by alpha before and after.

    A regressed colour over a regressed alpha is the mean colour of those heads that cover the pixel.

    Args:
        blur: the matrix that blurs one axis.
    """
    colour, alpha = regressed.split([3, 1], dim=1)
    share = ((blur @ alpha @ blur.T - _OUTSIDE) / (_INSIDE - _OUTSIDE)).clamp(0, 1)
    clear = share * share * (3 - 2 * share)
    return torch.cat([(colour / alpha.clamp_min(_LEAST)).clamp(0, 1) * clear, clear], dim=1)


def half(size: int) -> int:
    """Columns of the left half of a picture, the middle one included."""
    return (size + 1) // 2


def fold(texture: Float[Tensor, "batch channels size size"]) -> Float[Tensor, "batch channels size half"]:
    """The left half of the mean of each texture and its mirror image."""
    return ((texture + texture.flip(3)) / 2)[..., : half(texture.shape[3])]


def unfold(left: Float[Tensor, "batch channels size half"]) -> Float[Tensor, "batch channels size size"]:
    """The symmetric texture with this left half."""
    return torch.cat([left, left[..., : left.shape[2] - left.shape[3]].flip(3)], dim=3)
