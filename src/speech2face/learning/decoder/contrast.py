"""The fine detail that regression to the mean takes from textures, given back."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

_MOST = 3.0
"""Greatest factor of a band of detail. Beyond it edges get visible halos."""


def contrast_factors(
    predicted: Float[Tensor, "faces 3 size size"],
    true: Float[Tensor, "faces 3 size size"],
    window: Float[Tensor, "size size"],
) -> list[float]:
    """By how much each band of detail has to be raised so that predicted textures have the contrast of true ones.

    Regression to the mean takes most of the fine detail. The amplitude of a band is its root mean square over faces
    and pixels, weighted by `window`.

    Returns:
        A factor for each band of `bands` but the coarsest, from 1 to `_MOST`, finest first.
    """
    factors = []
    for got, wanted in zip(bands(predicted)[:-1], bands(true)[:-1], strict=True):
        ratio = ((wanted.square() * window).mean() / (got.square() * window).mean().clamp_min(1e-12)).sqrt()
        factors.append(float(ratio.clamp(1, _MOST)))
    return factors


def with_contrast(
    textures: Float[Tensor, "faces 3 size size"], factors: Sequence[float]
) -> Float[Tensor, "faces 3 size size"]:
    """Textures, or differences of textures, whose bands are raised by these factors: a linear filter."""
    *fine, coarse = bands(textures)
    return coarse + sum(factor * band for factor, band in zip(factors, fine, strict=True))


def bands(textures: Float[Tensor, "faces 3 size size"]) -> list[Float[Tensor, "faces 3 size size"]]:
    """Differences of Gaussians of one, two and four 128ths of the side, finest first, and what is left."""
    found, rest = [], textures
    for width in (1.0, 2.0, 4.0):
        smooth = _blurred(textures, width * textures.shape[3] / 128)
        found.append(rest - smooth)
        rest = smooth
    return [*found, rest]


def _blurred(textures: Tensor, sigma: float) -> Tensor:
    reach = max(1, round(3 * sigma))
    steps = torch.arange(-reach, reach + 1, dtype=textures.dtype)
    kernel = torch.softmax(-0.5 * (steps / sigma).square(), dim=0).expand(textures.shape[1], 1, 1, -1)
    padded = functional.pad(textures, (reach, reach, reach, reach), mode="replicate")
    across = functional.conv2d(padded, kernel, groups=textures.shape[1])
    return functional.conv2d(across, kernel.transpose(2, 3), groups=textures.shape[1])
