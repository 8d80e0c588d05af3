"""What every face decoder gives: landmarks and a texture in the mean shape, joined by a warp."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from speech2face.learning.decoder.lips import separate_lips
from speech2face.learning.decoder.warp import warp

# A quarter of the paper's 224 pixels.
_THUMBNAIL = 56


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a face decoder draws for a batch of embeddings.

    Attributes:
        landmarks: x, y as fractions of the picture's sides; lips do not cross (in training they are as regressed).
        texture: RGBA in 0..1, the face in the mean shape, colours multiplied by alpha (`normalised`).
        picture: the texture warped to the landmarks, on white, RGB in 0..1.
    """

    landmarks: Float[Tensor, "batch landmarks 2"]
    texture: Float[Tensor, "batch 4 size size"]
    picture: Float[Tensor, "batch 3 size size"]


class FaceDecoder(nn.Module, ABC):
    """Face embedding to landmarks, normalised texture and picture.

    Args:
        dimension: length of the embedding.
        size: side of the picture in pixels.
        landmarks: number of landmarks, 68 (`faces.landmarks`).
    """

    mean: Tensor
    spread: Tensor
    mean_landmarks: Tensor
    landmark_spread: Tensor
    mean_texture: Tensor
    residuals: int = 0
    """Numbers that `sample` draws at random for a face."""

    def __init__(self, *, dimension: int, size: int, landmarks: int) -> None:
        super().__init__()
        # Of the training embeddings, landmarks and textures; see `fit_statistics`.
        self.register_buffer("mean", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(()))
        self.register_buffer("mean_landmarks", torch.full((landmarks, 2), 0.5))
        self.register_buffer("landmark_spread", torch.zeros(()))
        self.register_buffer("mean_texture", torch.full((4, size, size), 0.5))

    def fit_statistics(
        self,
        embedding: Float[Tensor, "samples dimension"],
        landmarks: Float[Tensor, "samples landmarks 2"],
        mean_landmarks: Float[Tensor, "landmarks 2"],
        weight: Float[Tensor, " samples"],
    ) -> None:
        """Take means and spreads from the training split: inputs and outputs of unit scale train faster.

        Args:
            mean_landmarks: the mean shape that the textures are drawn in.
            weight: of each sample.
        """
        share = (weight / weight.sum())[:, None]
        self.mean.copy_((share * embedding).sum(dim=0))
        self.spread.copy_((share * (embedding - self.mean).square()).sum(dim=0).mean().sqrt())
        self.mean_landmarks.copy_(mean_landmarks)
        moved = (landmarks - self.mean_landmarks).square().flatten(1)
        self.landmark_spread.copy_((share * moved).sum(dim=0).mean().sqrt())

    def standardise(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch dimension"]:
        """Embeddings as the face encoder gives them, centred, in units of their spread."""
        return (embedding - self.mean) / self.spread

    @abstractmethod
    def first(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch units"]:
        """Activations of the first layer, which the loss of the voice encoder compares (Oh et al., section 3.2)."""

    @abstractmethod
    def normalised(
        self, first: Float[Tensor, "batch units"]
    ) -> tuple[Float[Tensor, "batch landmarks 2"], Float[Tensor, "batch 4 size size"]]:
        """Landmarks and texture of what the first layer gives; see `Parts`."""

    def parts(self, embedding: Float[Tensor, "batch dimension"], *, shrink: int = 1) -> Parts:
        """Decode embeddings as the face encoder gives them, to texture and picture of a `shrink`-th of the side."""
        landmarks, texture = self.normalised(self.first(embedding))
        return self.joined(landmarks, functional.avg_pool2d(texture, shrink) if shrink > 1 else texture)

    def joined(
        self, landmarks: Float[Tensor, "batch landmarks 2"], texture: Float[Tensor, "batch 4 size size"]
    ) -> Parts:
        """The texture warped to the landmarks, on white."""
        if not self.training:
            # Not in training: a landmark that is clamped gets no gradient.
            landmarks = separate_lips(landmarks, self.mean_landmarks)
        warped = warp(texture, self.mean_landmarks.expand_as(landmarks), landmarks)
        return Parts(landmarks=landmarks, texture=texture, picture=on_white(warped))

    def forward(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch 3 size size"]:
        """Embeddings as the face encoder gives them to RGB pictures in 0..1."""
        return self.parts(embedding).picture

    def sample(
        self, embedding: Float[Tensor, "batch dimension"], noise: Float[Tensor, "batch residuals"]
    ) -> Float[Tensor, "batch 3 size size"]:
        """Pictures that look like those of single people with these embeddings; `forward` gives the mean of such.

        Args:
            noise: standard normal numbers, for what an embedding leaves open; a decoder without residuals ignores them.
        """
        return self(embedding)

    def thumbnail(self, embedding: Float[Tensor, "batch dimension"]) -> Float[Tensor, "batch 3 side side"]:
        """Small pictures, of 56 pixels a side or at most twice as many, for a loss that decodes in every step."""
        return self.parts(embedding, shrink=max(1, self.mean_texture.shape[2] // _THUMBNAIL)).picture


def on_white(texture: Float[Tensor, "batch 4 size size"]) -> Float[Tensor, "batch 3 size size"]:
    """RGB pictures on white, in 0..1, of RGBA ones whose colours are multiplied by alpha."""
    return (texture[:, :3] + 1 - texture[:, 3:]).clamp(0, 1)
