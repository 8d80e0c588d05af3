"""What embeddings leave open of faces: the residuals of the regression, as a Gaussian of few modes.

Embeddings of a face recogniser hardly tell hair, beard and make-up. The expected face is their average; a picture of
somebody has one of them.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from speech2face.learning.decoder.ridge import FaceBatch, Ridge

FACES = 512
"""Faces, at most, whose residuals are used: all of them are in memory at once."""


def residual_modes(
    ridge: Ridge, penalty: float, faces: Sequence[FaceBatch], count: int
) -> Float[Tensor, "count targets"]:
    """The strongest principal components of the residuals, each as long as its standard deviation.

    Standard normal numbers times these modes have the residuals' covariance in the space of the modes. Residuals are
    those of predictions without the face itself: a ridge fits the faces that it is fitted to too well.

    Args:
        faces: of those that the regression was fitted to.
        count: at most the number of faces.
    """
    roots = torch.cat([batch.weight for batch in faces]).sqrt()
    left = torch.cat([ridge.left_out(batch, penalty) for batch in faces]) * roots[:, None]
    exact = left.double()
    _, axes = torch.linalg.eigh(exact @ exact.T)
    return ((axes.flip(1)[:, :count].T @ exact) / roots.double().norm()).to(left.dtype)
