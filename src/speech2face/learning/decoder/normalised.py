"""Normalised faces as targets of the face decoder after Cole et al. (2017).

A face crop and its landmarks become landmarks relative to the crop, and a texture: the crop, with the mask of its head
as alpha, warped to the mean shape. Colours are multiplied by alpha: what is outside a head then counts as nothing, and
a warp leaves no halo of the background.

Landmarks are fractions of the picture's sides from its outer left and upper edges, as in `warp`.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from speech2face.data.faces.landmarks import MIRRORED
from speech2face.learning.decoder.warp import move_pixels, spline_basis


def mirror_landmarks(landmarks: Float[Tensor, "*faces 68 2"]) -> Float[Tensor, "*faces 68 2"]:
    """The landmarks of the mirrored pictures: x is flipped, and left and right landmarks swap their indices."""
    flipped = torch.stack([1 - landmarks[..., 0], landmarks[..., 1]], dim=-1)
    return flipped[..., torch.from_numpy(MIRRORED).to(landmarks.device), :]


def frontal_landmarks(landmarks: Float[Tensor, "*faces 68 2"]) -> Float[Tensor, "*faces 68 2"]:
    """The mean of each face and its mirror image: symmetric, as in a frontal view."""
    return (landmarks + mirror_landmarks(landmarks)) / 2


class MeanShape:
    """The mean of training landmarks, and the warp of any face to it.

    Args:
        landmarks: of the training faces; the mean is made symmetric.
        weight: of each face.
    """

    def __init__(self, landmarks: Float[Tensor, "faces 68 2"], weight: Float[Tensor, " faces"]) -> None:
        share = (weight / weight.sum())[:, None, None]
        self.landmarks: Float[Tensor, "68 2"] = frontal_landmarks((share * landmarks).sum(dim=0))
        self._basis = spline_basis(self.landmarks)

    def textures(
        self, crops: Float[Tensor, "batch channels size size"], landmarks: Float[Tensor, "batch 68 2"]
    ) -> Float[Tensor, "batch channels size size"]:
        """Warp crops, 0..1, so that their `landmarks` move to the mean ones; all on the device of the mean shape."""
        # A bilinear warp would take half of the finest detail before anything is fitted to it.
        return move_pixels(crops, self._basis @ (landmarks - self.landmarks), "bicubic").clamp(0, 1)
