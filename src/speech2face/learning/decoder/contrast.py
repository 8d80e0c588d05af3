"""The fine detail that regression to the mean takes from textures, given back.

Only of brightness, and only inside the face: in hair and along the outline, regression mixes different shapes, whose
edges would become halos, and restored colour is noise.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

_WIDTHS = (0.5, 1.0, 2.0, 4.0)
"""Standard deviations of the Gaussians between bands, in 128ths of the side."""
_MOST = 3.0
"""Greatest factor of a band of detail. Beyond it edges get visible halos."""


def contrast_factors(
    predicted: Float[Tensor, "faces 3 size size"],
    true: Float[Tensor, "faces 3 size size"],
    window: Float[Tensor, "size size"],
) -> list[float]:
    """By how much each band of detail has to be raised so that predicted textures have the contrast of true ones.

    The amplitude of a band is the root mean square of its brightness over faces and pixels, weighted by `window`.

    Returns:
        A factor for each band of `bands` but the coarsest, from 1 to `_MOST`, finest first.
    """
    factors = []
    for got, wanted in zip(bands(predicted.mean(dim=1))[:-1], bands(true.mean(dim=1))[:-1], strict=True):
        ratio = ((wanted.square() * window).mean() / (got.square() * window).mean().clamp_min(1e-12)).sqrt()
        factors.append(float(ratio.clamp(1, _MOST)))
    return factors


def with_contrast(
    textures: Float[Tensor, "faces 3 size size"], factors: Sequence[float], window: Float[Tensor, "size size"]
) -> Float[Tensor, "faces 3 size size"]:
    """Textures, or differences of textures, with raised bands: a linear filter.

    Args:
        window: from 0, where nothing changes, to 1.
    """
    fine = bands(textures.mean(dim=1))[:-1]
    added = sum(((factor - 1) * band for factor, band in zip(factors, fine, strict=True)), torch.zeros_like(fine[0]))
    return textures + (added * window)[:, None]


def bands(pictures: Float[Tensor, "faces size size"]) -> list[Float[Tensor, "faces size size"]]:
    """Differences of Gaussians, finest first, and what is left."""
    found, rest = [], pictures
    for width in _WIDTHS:
        blur = blur_matrix(pictures.shape[2], width * pictures.shape[2] / 128).to(pictures)
        smooth = blur @ pictures @ blur.T
        found.append(rest - smooth)
        rest = smooth
    return [*found, rest]


def blur_matrix(size: int, sigma: float) -> Float[Tensor, "size size"]:
    """The matrix that blurs one axis; at the edges, the nearest pixels count more."""
    pixels = torch.arange(size, dtype=torch.float32)
    return torch.softmax(-0.5 * ((pixels[:, None] - pixels) / sigma).square(), dim=1)
