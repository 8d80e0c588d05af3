"""A linear face decoder in closed form: the appearance model (Cootes, Edwards and Taylor 2001).

Landmarks and texture are linear in the face embedding, as in Cole et al. (2017) with branches of one linear layer, and
are fitted by ridge regression: seconds on a CPU, no epochs, no chance.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from speech2face.learning.decoder.contrast import BANDS, blur_matrix, inner_window, with_contrast
from speech2face.learning.decoder.networks import FaceDecoder

STORED_AS = {"texture_modes": torch.int8, "residual_modes": torch.int8}
"""Types of the weights that are stored in fewer bits than they are used in."""
# Regressed alpha is the share of like people whose head covers a pixel. The outline is where it has this value.
_OUTLINE = 0.5
# The outline is drawn in a blurred alpha, in sides of the picture: single strands and specks are of no head in common.
_BLUR = 0.035
# Width over which the outline is soft, in sides, and the least slope of alpha, per side, that it is computed with.
_SOFT, _LEAST_SLOPE = 0.02, 1.0
# Least alpha that a colour is divided by.
_LEAST = 0.2


class AppearanceDecoder(FaceDecoder):
    """Face embedding to appearance parameters, and these to landmarks and a symmetric texture; see `FaceDecoder`.

    The appearance parameters are coordinates of half a texture along orthonormal modes, so that the distance of two
    faces' parameters is the distance of their half textures. They are the first layer that the paper's loss compares.

    Args:
        parameters: number of appearance parameters.
        modes: number of those, the first, that change the texture; all move landmarks.
        residuals: number of modes of what embeddings leave open; see `residuals`.
    """

    blur: Tensor
    sample_contrast: Tensor

    def __init__(
        self, *, dimension: int, size: int, landmarks: int, parameters: int, modes: int, residuals: int
    ) -> None:
        super().__init__(dimension=dimension, size=size, landmarks=landmarks)
        self.size, self.modes, self.residuals = size, modes, residuals
        self.axes = _fitted(dimension, parameters)
        self.landmark_modes = _fitted(parameters, 2 * landmarks)
        # Whole numbers from -127 to 127, stored in 8 bits; each mode has its own unit.
        self.texture_modes = _fitted(modes, 4 * size * half(size))
        self.mode_units = _fitted(modes)
        self.residual_modes = _fitted(residuals, 4 * size * half(size))
        self.residual_units = _fitted(residuals)
        self.residual_landmarks = _fitted(residuals, 2 * landmarks)
        # By which factors `sample` raises the bands of detail.
        self.register_buffer("sample_contrast", torch.ones(BANDS))
        self.register_buffer("blur", blur_matrix(size, _BLUR * size), persistent=False)

    def set_texture_modes(self, modes: Float[Tensor, "modes pixels"]) -> None:
        """Round the first of these orthonormal modes to 8 bits each, and keep them."""
        _store(modes[: self.modes], self.texture_modes, self.mode_units)

    def set_residual_modes(self, modes: Float[Tensor, "residuals targets"]) -> None:
        """Keep these modes, landmarks before half textures; the latter are rounded to 8 bits."""
        landmarks, textures = modes.tensor_split([self.mean_landmarks.numel()], dim=1)
        self.residual_landmarks.copy_(landmarks)
        _store(textures, self.residual_modes, self.residual_units)

    def first(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch parameters"]:
        """The appearance parameters."""
        return self.standardise(embedding) @ self.axes

    def normalised(
        self, first: Float[Tensor, "batch parameters"]
    ) -> tuple[Float[Tensor, "batch landmarks 2"], Float[Tensor, "batch 4 size size"]]:
        """See `FaceDecoder.normalised`."""
        landmarks, texture = self.regressed(first)
        return landmarks, outlined(texture, self.blur)

    def regressed(
        self, first: Float[Tensor, "batch parameters"]
    ) -> tuple[Float[Tensor, "batch landmarks 2"], Float[Tensor, "batch 4 size size"]]:
        """Landmarks, and the texture before it has an outline."""
        moved = (first @ self.landmark_modes).view(-1, *self.mean_landmarks.shape)
        changed = self._texture(first[:, : self.modes] * self.mode_units, self.texture_modes)
        return self.mean_landmarks + moved, self.mean_texture + changed

    def sample(
        self, embedding: Float[Tensor, "batch dimension"], noise: Float[Tensor, "batch residuals"]
    ) -> Float[Tensor, "batch 3 size size"]:
        """See `FaceDecoder.sample`: residuals are added, and fine detail is as strong as in single faces."""
        landmarks, texture = self.regressed(self.first(embedding))
        landmarks = landmarks + (noise @ self.residual_landmarks).view_as(landmarks)
        texture = texture + self._texture(noise * self.residual_units, self.residual_modes)
        window = inner_window(self.mean_landmarks, self.size).to(texture)
        colour = with_contrast(texture[:, :3], self.sample_contrast.tolist(), window)
        return self.joined(landmarks, outlined(torch.cat([colour, texture[:, 3:]], dim=1), self.blur)).picture

    def _texture(self, strength: Float[Tensor, "batch modes"], modes: Tensor) -> Float[Tensor, "batch 4 size size"]:
        return unfold((strength @ modes).view(-1, 4, self.size, half(self.size)))


def _fitted(*shape: int) -> nn.Parameter:
    """A parameter that no gradient changes."""
    return nn.Parameter(torch.zeros(shape), requires_grad=False)


def _store(modes: Float[Tensor, "modes pixels"], whole: nn.Parameter, units: nn.Parameter) -> None:
    """Write modes as whole numbers from -127 to 127 and the unit of each."""
    units.copy_(modes.abs().amax(dim=1).clamp_min(torch.finfo(modes.dtype).tiny) / 127)
    whole.copy_((modes / units[:, None]).round())


def outlined(
    regressed: Float[Tensor, "batch 4 size size"], blur: Float[Tensor, "size size"]
) -> Float[Tensor, "batch 4 size size"]:
    """Give a regressed RGBA texture a clear outline; colours are multiplied by alpha before and after.

    A regressed colour over a regressed alpha is the mean colour of those heads that cover the pixel. The outline is
    equally soft everywhere: where hair of many lengths ends, alpha falls slowly, and drawn as it is it would be fog.

    Args:
        blur: the matrix that blurs one axis.
    """
    colour, alpha = regressed.split([3, 1], dim=1)
    smooth, side = blur @ alpha @ blur.T, alpha.shape[3]
    around = functional.pad(smooth, (1, 1, 1, 1), mode="replicate")
    across = (around[..., 1:-1, 2:] - around[..., 1:-1, :-2]) * (side / 2)
    down = (around[..., 2:, 1:-1] - around[..., :-2, 1:-1]) * (side / 2)
    slope = (across.square() + down.square() + _LEAST_SLOPE**2).sqrt()
    share = ((smooth - _OUTLINE) / (_SOFT * slope) + 0.5).clamp(0, 1)
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
