"""The map of doubt: how far each pixel may be off, by conformal risk control (Angelopoulos et al. 2022).

Pictures of faces drawn from the face distribution show where they differ. That spread times one factor is an interval
around each pixel of the expected picture. The intervals hold the stated share of the pixels of the true face's picture,
on average over people; they say nothing about a face as a whole.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from speech2face.base.random import stream
from speech2face.uncertainty.calibration.conformal import smallest_factor
from speech2face.uncertainty.calibration.judgement import FaceDistribution
from speech2face.uncertainty.calibration.model import CalibrationModel

OTHERS = 8
"""Faces that are drawn beside the expected one."""
# The spread of eight pictures is noisy: it is smoothed over so many pixels and averaged with the usual spread.
_SMOOTH = 5
_OWN = 0.5

Decode = Callable[[np.ndarray], Tensor]
"""Face embeddings [n, dimension] to pictures [n, 3, height, width] in 0..1."""


def pixel_spread(
    picture: Float[Tensor, "3 height width"],
    others: Float[Tensor, "others 3 height width"],
    usual: Float[Tensor, "height width"] | None = None,
) -> Float[Tensor, "height width"]:
    """How far the other faces' pictures are from the expected one at each pixel, in brightness of 0..1.

    Args:
        usual: the spread over the calibration people, which this one is averaged with; None: not averaged.
    """
    square = (others - picture).square().mean(dim=(0, 1))
    smooth = functional.avg_pool2d(square[None, None], _SMOOTH, 1, _SMOOTH // 2, count_include_pad=False)[0, 0]
    return smooth.sqrt() if usual is None else (_OWN * smooth + (1 - _OWN) * usual.square()).sqrt()


def fit_doubt(
    model: CalibrationModel, faces: list[FaceDistribution], truth: np.ndarray, decode: Decode, seed: int
) -> dict[str, np.ndarray]:
    """The factor, and the usual spread of pixels.

    Args:
        faces: the out-of-fold face distribution of each calibration person.
        truth: their face embeddings, [people, dimension].

    Raises:
        ValueError: there are too few people.
    """
    rng = stream(seed, "pixel_doubt")
    errors, spreads = [], []
    for face, embedding in zip(faces, truth, strict=True):
        drawn = np.concatenate([face.mean[None], face.sample(OTHERS, rng)])
        pictures = decode(np.concatenate([embedding[None], model.embeddings(drawn)]).astype(np.float32))
        errors.append((pictures[0] - pictures[1]).abs().mean(dim=0))
        spreads.append(pixel_spread(pictures[1], pictures[2:]))
    usual = torch.stack(spreads).square().mean(dim=0).sqrt()
    needed = torch.stack(
        [
            error / (_OWN * spread.square() + (1 - _OWN) * usual.square()).sqrt().clamp_min(1e-4)
            for error, spread in zip(errors, spreads, strict=True)
        ]
    ).flatten(1)
    factor = smallest_factor(lambda value: (needed > value).float().mean(dim=1).numpy(), 1 - model.coverage)
    return {"doubt.factor": np.array([factor]), "doubt.usual": usual.numpy()}
