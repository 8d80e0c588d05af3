"""Losses of the face decoder of Cole et al. (2017): texture, landmarks and identity.

Each is unweighted and a mean over the batch, so that the losses of equal parts on several devices average to that of
the whole batch.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

# Pictures of `face_crop`'s framing to embeddings, differentiable, with frozen weights.
Recogniser = Callable[[Float[Tensor, "batch 3 size size"]], Float[Tensor, "batch dimension"]]

# Ranges of the uniform distributions of random views. Lengths are fractions of the picture's side: 0.005 is about the
# scatter of the landmarks that align a crop.
_SHIFT = 0.01
_SCALE = 0.03
_BLUR = (0.002, 0.008)
_NOISE = 0.03
# Narrower kernels would skip pixels.
_MIN_BLUR_PIXELS = 0.4


def texture_loss(
    predicted: Float[Tensor, "batch channels size size"],
    truth: Float[Tensor, "batch channels size size"],
    window: Float[Tensor, "*batch size size"],
) -> Float[Tensor, ""]:
    """Mean absolute error of RGBA in 0..1; `window` of mean 1 weights pixels, all ones in Cole et al."""
    return ((predicted - truth).abs() * window).mean()


def landmark_loss(
    predicted: Float[Tensor, "batch landmarks 2"],
    truth: Float[Tensor, "batch landmarks 2"],
    spread: Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """Mean squared error in units of `spread`, the landmarks' standard deviation per axis.

    It is 1 for a decoder that always draws the mean shape.
    """
    return ((predicted - truth) / spread).square().mean()


class IdentityLoss(nn.Module):
    """1 - cosine similarity of the true embeddings and those that a frozen recogniser computes from decoded pictures.

    The recogniser gets a random view of each picture: slightly shifted, scaled, blurred and noisy. Otherwise a decoder
    could learn adversarial patterns.

    Args:
        recogniser: a frozen face recogniser; gradients flow through it to the pictures.
        centre: subtracted from both embeddings, such as the mean of the training embeddings: without it, the cosine
            hardly differs between people where all embeddings have nearly one direction. Zeros in Cole et al.
    """

    centre: Tensor

    def __init__(self, recogniser: Recogniser, centre: Float[Tensor, " dimension"]) -> None:
        super().__init__()
        # In a tuple, so that it is not a submodule: neither trained, nor saved, nor set to training mode.
        self._recognise = (recogniser,)
        # A copy, because safetensors refuses shared tensors; not saved, because it is computed from the data.
        self.register_buffer("centre", centre.clone(), persistent=False)

    def forward(
        self,
        pictures: Float[Tensor, "batch 3 size size"],
        embedding: Float[Tensor, "batch dimension"],
        generator: torch.Generator,
    ) -> Float[Tensor, ""]:
        """The loss of pictures in 0..1 that were decoded from `embedding`; `generator` draws the views."""
        found = self._recognise[0](random_views(pictures, generator))
        return (1 - functional.cosine_similarity(found - self.centre, embedding - self.centre, dim=1)).mean()


def random_views(
    pictures: Float[Tensor, "batch 3 height width"], generator: torch.Generator
) -> Float[Tensor, "batch 3 height width"]:
    """Each picture slightly shifted, scaled, blurred and noisy, in 0..1; differentiable.

    Args:
        generator: on the CPU, so that views are the same on every device.
    """
    batch, _, height, width = pictures.shape

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return (low + (high - low) * torch.rand(batch, *shape, generator=generator)).to(pictures)

    scale, blur = uniform(1 - _SCALE, 1 + _SCALE), uniform(*_BLUR)
    down, across = (_resampling(size, uniform(-_SHIFT, _SHIFT), scale, blur) for size in (height, width))
    seen = down[:, None] @ pictures @ across[:, None].transpose(2, 3)
    grain = torch.randn(pictures.shape, generator=generator).to(pictures)
    return (seen + uniform(0, _NOISE, 1, 1, 1) * grain).clamp(0, 1)


def _resampling(
    size: int, shift: Float[Tensor, " batch"], scale: Float[Tensor, " batch"], blur: Float[Tensor, " batch"]
) -> Float[Tensor, "batch size size"]:
    """Matrices that shift, scale and blur one axis of a picture: a normalised Gaussian in each row.

    One matrix per axis replaces `grid_sample` and a blur, and its gradient is deterministic on a GPU.
    """
    pixels = torch.arange(size, dtype=shift.dtype, device=shift.device)
    middle = (size - 1) / 2
    seen = middle + size * shift[:, None] + (pixels - middle) * scale[:, None]
    width = (size * blur).clamp_min(_MIN_BLUR_PIXELS)[:, None, None]
    return torch.softmax(-0.5 * ((seen[:, :, None] - pixels) / width).square(), dim=2)
