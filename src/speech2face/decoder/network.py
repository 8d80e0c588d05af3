"""The plain face decoder: an embedding becomes a small map of features that is doubled in size until it is a picture.

Since nothing in a face embedding tells light, background or expression, the best picture in the mean is the
one with all of these at their average: a normalised face, as Cole et al. (2017) ask for.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional


class FaceDecoder(nn.Module):
    """Face embedding to picture.

    Args:
        dimension: length of the embedding.
        size: side of the picture in pixels, 8 times a power of two.
        width: channels at 8 x 8; each doubling of the side halves them, down to 16.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, *, dimension: int, size: int, width: int) -> None:
        super().__init__()
        doublings = (size // 8).bit_length() - 1
        if size != 8 << doublings:
            raise ValueError(f"decoder.size is {size}; it must be 8 times a power of two, such as 64 or 128.")
        self.width = width
        self.enter = nn.Linear(dimension, 8 * 8 * width)
        channels = [max(16, width >> step) for step in range(doublings + 1)]
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.LeakyReLU(0.2))
            for before, after in pairwise(channels)
        )
        self.leave = nn.Conv2d(channels[-1], 3, 3, padding=1)
        # The mean of the training embeddings and their spread: inputs of unit scale train faster.
        self.register_buffer("mean", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(()))

    def forward(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch 3 size size"]:
        """Embeddings as the face encoder gives them to RGB pictures in 0..1."""
        start = functional.leaky_relu(self.enter((embedding - self.mean) / self.spread), 0.2)
        picture = start.view(-1, self.width, 8, 8).contiguous(memory_format=torch.channels_last)
        for stage in self.stages:
            picture = stage(functional.interpolate(picture, scale_factor=2, mode="nearest"))
        return torch.sigmoid(self.leave(picture))
