"""The face decoder of Cole et al. (2017), which Speech2Face uses: separate landmarks and texture, joined by a warp.

From the published description: a first layer to 1,000 units (Oh et al., 2019, section 3.2; where it sits in the
network is not published, here both branches share it), landmarks by a shallow ReLU network, texture by a fully
connected layer to a small map of 256 channels and transposed convolutions of kernel 5 and stride 2 with
max(256 / 2^i, 32) channels, then a 1 x 1 convolution to RGB. Our additions: batch normalisation between the
transposed convolutions; the texture as a difference from the mean texture, as landmarks are from the mean ones,
under a sigmoid, which keeps colours in 0..1; embeddings and landmarks in units of their training spread; and lips
that do not cross; and alpha as a fourth channel, so that heads stand on white.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from speech2face.learning.decoder.networks import FaceDecoder

FIRST_UNITS = 1000
_LANDMARK_UNITS = 256
_CHANNELS, _FEWEST_CHANNELS = 256, 32
# Least side of the first map; repeated doubling must lead from it to the picture: 14 for 224.
_FIRST_SIDE = 8
# The mean texture stays this far from black and white, where the sigmoid is flat.
_MARGIN = 0.02


class ColeFaceDecoder(FaceDecoder):
    """The network of Cole et al.; see `FaceDecoder`.

    Args:
        dimension: length of the embedding.
        size: side of the picture in pixels: 8 to 15 times a power of two, such as 64, 128 or 224.
        landmarks: number of landmarks, 68 (`faces.landmarks`).

    Raises:
        ValueError: the size is none of those.
    """

    def __init__(self, *, dimension: int, size: int, landmarks: int) -> None:
        super().__init__(dimension=dimension, size=size, landmarks=landmarks)
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
        self.leave = nn.Conv2d(channels[-1], 4, 1)

    def first(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch 1000"]:
        """See `FaceDecoder.first`."""
        return self.first_layer(self.standardise(embedding))

    def normalised(
        self, first: Float[Tensor, "batch 1000"]
    ) -> tuple[Float[Tensor, "batch landmarks 2"], Float[Tensor, "batch 4 size size"]]:
        """See `FaceDecoder.normalised`."""
        moved = self.landmark_layers(first).view(-1, *self.mean_landmarks.shape)
        features = functional.relu(self.enter(first)).view(-1, _CHANNELS, self.side, self.side)
        changed = self.leave(self.stages(features.contiguous(memory_format=torch.channels_last)))
        texture = torch.sigmoid(self.mean_texture.clamp(_MARGIN, 1 - _MARGIN).logit() + changed)
        return self.mean_landmarks + self.landmark_spread * moved, texture


def _first_map(size: int) -> tuple[int, int]:
    """The side of the first map and how many times it is doubled."""
    side, doublings = size, 0
    while side % 2 == 0 and side // 2 >= _FIRST_SIDE:
        side, doublings = side // 2, doublings + 1
    if not _FIRST_SIDE <= side < 2 * _FIRST_SIDE:
        raise ValueError(f"decoder.size is {size}; it must be 8 to 15 times a power of two, such as 64, 128 or 224.")
    return side, doublings
