"""The face decoder of Cole et al. (2017), which Speech2Face uses: separate landmarks and texture, joined by a warp.

From the published description: a first layer to 1,000 units (Oh et al., 2019, section 3.2; where it sits in the
network is not published, here both branches share it), landmarks by a shallow ReLU network, texture by a fully
connected layer to a small map of 256 channels and transposed convolutions of kernel 5 and stride 2 with
max(256 / 2^i, 32) channels, then a 1 x 1 convolution to RGB. Our additions: batch normalisation between the
transposed convolutions; the texture as a difference from the mean texture, as landmarks are from the mean ones,
under a sigmoid, which keeps colours in 0..1; embeddings and landmarks in units of their training spread; and lips
that do not cross.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from speech2face.learning.decoder.lips import separate_lips
from speech2face.learning.decoder.warp import warp

FIRST_UNITS = 1000
_LANDMARK_UNITS = 256
_CHANNELS, _FEWEST_CHANNELS = 256, 32
# Least side of the first map; repeated doubling must lead from it to the picture: 14 for 224.
_FIRST_SIDE = 8
# The mean texture stays this far from black and white, where the sigmoid is flat.
_MARGIN = 0.02


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the decoder draws for a batch of embeddings.

    Attributes:
        landmarks: x, y as fractions of the picture's sides; lips do not cross (in training they are as regressed).
        texture: RGB in 0..1, the face in the mean shape.
        picture: the texture warped to the landmarks.
    """

    landmarks: Float[Tensor, "batch landmarks 2"]
    texture: Float[Tensor, "batch 3 size size"]
    picture: Float[Tensor, "batch 3 size size"]


class ColeFaceDecoder(nn.Module):
    """Face embedding to landmarks, normalised texture and picture.

    Args:
        dimension: length of the embedding.
        size: side of the picture in pixels: 8 to 15 times a power of two, such as 64, 128 or 224.
        landmarks: number of landmarks, 68 (`faces.landmarks`).

    Raises:
        ValueError: the size is none of those.
    """

    mean: Tensor
    spread: Tensor
    mean_landmarks: Tensor
    landmark_spread: Tensor
    mean_texture: Tensor

    def __init__(self, *, dimension: int, size: int, landmarks: int) -> None:
        super().__init__()
        self.side, doublings = _first_map(size)
        self.first_layer = nn.Sequential(nn.Linear(dimension, FIRST_UNITS), nn.ReLU())
        self.landmark_layers = nn.Sequential(
            nn.Linear(FIRST_UNITS, _LANDMARK_UNITS), nn.ReLU(), nn.Linear(_LANDMARK_UNITS, 2 * landmarks)
        )
        self.enter = nn.Linear(FIRST_UNITS, self.side * self.side * _CHANNELS)
        channels = [max(_CHANNELS >> step, _FEWEST_CHANNELS) for step in range(doublings + 1)]
        self.stages = nn.Sequential(
            *(
                nn.Sequential(
                    nn.ConvTranspose2d(before, after, 5, stride=2, padding=2, output_padding=1, bias=False),
                    nn.BatchNorm2d(after),
                    nn.ReLU(),
                )
                for before, after in pairwise(channels)
            )
        )
        self.leave = nn.Conv2d(channels[-1], 3, 1)
        # Of the training embeddings, landmarks and textures; see `fit_statistics`.
        self.register_buffer("mean", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(()))
        self.register_buffer("mean_landmarks", torch.full((landmarks, 2), 0.5))
        self.register_buffer("landmark_spread", torch.zeros(()))
        self.register_buffer("mean_texture", torch.full((3, size, size), 0.5))

    def fit_statistics(
        self,
        embedding: Float[Tensor, "samples dimension"],
        landmarks: Float[Tensor, "samples landmarks 2"],
        mean_landmarks: Float[Tensor, "landmarks 2"],
        mean_texture: Float[Tensor, "3 size size"],
    ) -> None:
        """Take means and spreads from the training split: inputs and outputs of unit scale train faster.

        Args:
            mean_landmarks: the mean shape that the textures are drawn in.
            mean_texture: of the training faces, RGB in 0..1.
        """
        self.mean.copy_(embedding.mean(dim=0))
        self.spread.copy_((embedding - self.mean).square().mean().sqrt())
        self.mean_landmarks.copy_(mean_landmarks)
        self.landmark_spread.copy_((landmarks - self.mean_landmarks).square().mean().sqrt())
        self.mean_texture.copy_(mean_texture)

    def first(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch 1000"]:
        """Activations of the first layer, which the loss of the voice encoder compares (Oh et al., section 3.2)."""
        return self.first_layer((embedding - self.mean) / self.spread)

    def parts(self, embedding: Float[Tensor, "batch dimension"]) -> Parts:
        """Decode embeddings as the face encoder gives them."""
        first = self.first(embedding)
        moved = self.landmark_layers(first).view(-1, *self.mean_landmarks.shape)
        landmarks = self.mean_landmarks + self.landmark_spread * moved
        if not self.training:
            # Not in training: a landmark that is clamped gets no gradient.
            landmarks = separate_lips(landmarks, self.mean_landmarks)
        features = functional.relu(self.enter(first)).view(-1, _CHANNELS, self.side, self.side)
        changed = self.leave(self.stages(features.contiguous(memory_format=torch.channels_last)))
        texture = torch.sigmoid(self.mean_texture.clamp(_MARGIN, 1 - _MARGIN).logit() + changed)
        picture = warp(texture, self.mean_landmarks.expand_as(landmarks), landmarks)
        return Parts(landmarks=landmarks, texture=texture, picture=picture)

    def forward(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch 3 size size"]:
        """Embeddings as the face encoder gives them to RGB pictures in 0..1."""
        return self.parts(embedding).picture


def _first_map(size: int) -> tuple[int, int]:
    """The side of the first map and how many times it is doubled."""
    side, doublings = size, 0
    while side % 2 == 0 and side // 2 >= _FIRST_SIDE:
        side, doublings = side // 2, doublings + 1
    if not _FIRST_SIDE <= side < 2 * _FIRST_SIDE:
        raise ValueError(f"decoder.size is {size}; it must be 8 to 15 times a power of two, such as 64, 128 or 224.")
    return side, doublings
