"""The interface of all voice encoders: sound in, face embedding out."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn


class VoiceEncoder(nn.Module, ABC):
    """Predicts the face embedding of a speaker.

    The buffers `mean` and `spread` hold those of the training faces' embeddings, so that the network predicts numbers
    of about unit size for every face encoder. The paper does not say whether it did so; for the last linear layer it is
    a change of units.

    Args:
        dimension: length of the face embedding.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(()))

    @abstractmethod
    def predict_standardised(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """The standardised prediction: the embedding minus `mean`, in units of `spread`."""

    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """Sound in -1..1 at 16 kHz, of any length above half a second, to face embeddings."""
        return self.predict_standardised(wave) * self.spread + self.mean

    def initialise(self, target: Float[Tensor, "faces dimension"], voices: Iterator[Tensor]) -> None:
        """Set buffers, and pretrained weights if any, before the first training step.

        Args:
            target: the training faces' embeddings.
            voices: batches of training sound, [batch, samples] in -1..1 at 16 kHz.
        """
        self.mean.copy_(target.mean(dim=0))
        self.spread.copy_((target - self.mean).square().mean().sqrt())
