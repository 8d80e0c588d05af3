"""Keeps the lips of a decoded face from crossing.

The regressed inner lips of a closed mouth sometimes cross by a pixel or two, and a warp to crossed landmarks tears the
picture. Without this step it happens in 1 of 100 pictures decoded from true embeddings of unseen talkers, and in 1 of
20 decoded from samples of the face distribution given a voice.
"""

import torch
from jaxtyping import Float
from torch import Tensor

# Inner lips without their corners, in the iBUG 300-W numbering of `faces.landmarks`, which is not imported because it
# loads dlib.
UPPER_LIP, LOWER_LIP = [61, 62, 63], [67, 66, 65]
_LEAST_GAP = 0.25
"""Least gap, as a fraction of the mean shape's. At an eighth, the texture between the lips still became a zigzag."""


def separate_lips(landmarks: Float[Tensor, "batch 68 2"], mean: Float[Tensor, "68 2"]) -> Float[Tensor, "batch 68 2"]:
    """Move inner lips that cross, or nearly do, apart from their midpoint; other landmarks stay.

    Args:
        landmarks: of upright faces; y points downwards.
        mean: the mean shape, in which the textures are.
    """
    least = _LEAST_GAP * (mean[LOWER_LIP, 1] - mean[UPPER_LIP, 1])
    gap = landmarks[:, LOWER_LIP, 1] - landmarks[:, UPPER_LIP, 1]
    apart = (least - gap).clamp_min(0) / 2
    moved = torch.zeros_like(landmarks)
    moved[:, UPPER_LIP, 1], moved[:, LOWER_LIP, 1] = -apart, apart
    return landmarks + moved
