"""The fine detail that regression to the mean takes from textures, given back.

Only of brightness, and only inside the face: in hair and along the outline, regression mixes different shapes, whose
edges would become halos, and restored colour is noise.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFilter
from torch import Tensor

_WIDTHS = (0.5, 1.0, 2.0, 4.0)
"""Standard deviations of the Gaussians between bands, in 128ths of the side."""
BANDS = len(_WIDTHS)
"""Bands that can be raised: all but the coarsest."""
_MOST = 3.0
"""Greatest factor of a band of detail. Beyond it edges get visible halos."""
# Of `inner_window`, in sides of the crop: how far it reaches above the brows, and over which width it falls.
_ABOVE_BROWS, _SOFT = 0.04, 0.012


def contrast_factors(
    predicted: Float[Tensor, "faces 3 size size"],
    true: Float[Tensor, "faces 3 size size"],
    window: Float[Tensor, "size size"],
) -> list[float]:
    """By how much each band of detail has to be raised so that predicted textures have the contrast of true ones.

    Returns:
        A factor for each band of `bands` but the coarsest, from 1 to `_MOST`, finest first.
    """
    return factors_between(detail(predicted, window), detail(true, window))


def factors_between(got: Float[Tensor, " bands"], wanted: Float[Tensor, " bands"]) -> list[float]:
    """The factors of `contrast_factors`, from what `detail` gives."""
    return [float(factor) for factor in (wanted / got.clamp_min(1e-12)).sqrt().clamp(1, _MOST)]


def detail(textures: Float[Tensor, "faces 3 size size"], window: Float[Tensor, "size size"]) -> Float[Tensor, " bands"]:
    """The mean square of each band's brightness but the coarsest's, over faces and pixels, weighted by `window`."""
    return torch.stack([(band.square() * window).mean() for band in bands(textures.mean(dim=1))[:-1]])


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


def inner_window(landmarks: Tensor, size: int) -> Tensor:
    """1 inside the face with its brows, falling to 0 around it, [size, size].

    Args:
        landmarks: the mean shape, [68, 2].
    """
    jaw, brows = landmarks[:17], landmarks[17:27].flip(0) - torch.tensor([0.0, _ABOVE_BROWS])
    outline = Image.new("L", (size, size))
    ImageDraw.Draw(outline).polygon([(x, y) for x, y in (torch.cat([jaw, brows]) * size - 0.5).tolist()], fill=255)
    soft = np.array(outline.filter(ImageFilter.GaussianBlur(_SOFT * size)))
    return torch.from_numpy(soft).float() / 255
