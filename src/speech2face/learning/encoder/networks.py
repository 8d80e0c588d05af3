"""What every voice encoder is: sound in, face embedding out."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn


class VoiceEncoder(nn.Module, ABC):
    """Predicts the face embedding of whoever speaks.

    The buffers `mean` and `spread` hold those of the training faces' embeddings, so that a network has to predict
    numbers of about unit size whichever face encoder is used. The paper does not say whether it did so; for the last
    linear layer it is a change of units.

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
    def standard(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """The standardised prediction: what is left of the embedding without `mean`, in units of `spread`."""

    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """Sound in -1..1 at 16 kHz, of any length above half a second, to face embeddings."""
        return self.answer(self.listen(wave))

    @property
    def fixed_listening(self) -> bool:
        """Whether `listen` never learns, so that what it gives of a clip can be kept over the epochs."""
        return False

    def listen(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch heard"]:
        """What `answer` gets: the sound itself, unless a network has a part that may be frozen."""
        return wave

    def answer(self, heard: Float[Tensor, "batch heard"]) -> Float[Tensor, "batch dimension"]:
        """What `listen` gives to face embeddings."""
        return self.standard(heard) * self.spread + self.mean

    def initialise(self, target: Float[Tensor, "faces dimension"], voices: Iterator[Tensor]) -> Tensor | None:
        """Take from the training data what a network must know before its first step.

        Args:
            target: the training faces' embeddings.
            voices: batches of training sound, [batch, samples] in -1..1 at 16 kHz.

        Returns:
            What `listen` gives of these voices, [voices, heard], where it had to be asked; else None.
        """
        self.mean.copy_(target.mean(dim=0))
        self.spread.copy_((target - self.mean).square().mean().sqrt())
        return None
