"""The branch of preset `strong` that stands on a speaker recogniser."""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.learning.encoder.campplus import EMBEDDING, MELS, CAMPPlus
from speech2face.learning.encoder.campplus_weights import load_campplus
from speech2face.learning.encoder.fbank import KaldiFbank
from speech2face.learning.encoder.networks import VoiceEncoder


class SpeakerBranch(VoiceEncoder):
    """A small head that maps standardised speaker embeddings of CAM++ to face embeddings.

    The trunk (CAM++) of a new encoder is random; `initialise` loads the released weights. They are saved with the rest,
    so that a trained encoder loads without the package that contains them.

    Args:
        dimension: length of the face embedding.
        fine_tune: train CAM++ as well; otherwise it is frozen, in evaluation mode.
        hidden: units of the head's hidden layer; 0: the head is linear.
        dropout: of the standardised speaker embedding and of hidden units. With a linear head it acts as ridge
            regression with a penalty of dropout / (1 - dropout) times the number of samples.

    The buffers `voice_mean` and `voice_spread` hold mean and standard deviation of each component of the training
    voices' speaker embeddings.
    """

    voice_mean: Tensor
    voice_spread: Tensor

    def __init__(self, *, dimension: int, fine_tune: bool, hidden: int, dropout: float) -> None:
        super().__init__(dimension)
        self.fine_tune = fine_tune
        self.frontend = KaldiFbank(MELS)
        self.speaker_network = CAMPPlus().requires_grad_(fine_tune)
        self.regression = _regression(dimension, hidden, dropout)
        self.register_buffer("voice_mean", torch.zeros(EMBEDDING))
        self.register_buffer("voice_spread", torch.ones(EMBEDDING))
        self.train()

    def initialise(self, target: Float[Tensor, "faces dimension"], voices: Iterator[Tensor]) -> None:
        """See `VoiceEncoder.initialise`; also loads the released weights and standardises the head's input.

        Raises:
            FileNotFoundError: the package that contains the released weights is not installed.
            ValueError: it contains another file.
        """
        super().initialise(target, voices)
        self.load_pretrained()
        training = self.training
        self.eval()
        with torch.no_grad():
            self.standardise(torch.cat([self.apply_trunk(wave.to(self.voice_mean.device)) for wave in voices]))
        self.train(training)

    def load_pretrained(self) -> None:
        """Put the released weights of CAM++ into the trunk.

        Raises:
            FileNotFoundError: the package that contains them is not installed.
            ValueError: it contains another file.
        """
        self.speaker_network.load_state_dict(load_campplus().state_dict())

    def standardise(self, embeddings: Float[Tensor, "voices 192"]) -> None:
        """Make the head's input zero mean and unit variance on these embeddings of the training voices."""
        self.voice_mean.copy_(embeddings.mean(dim=0))
        # A constant component, as with a single voice, has no spread to divide by.
        self.voice_spread.copy_(embeddings.std(dim=0, correction=0).clamp_min(1e-3))

    def train(self, mode: bool = True) -> "SpeakerBranch":
        """As in any module, but a frozen trunk stays in evaluation mode: its batch norms must not change."""
        super().train(mode)
        self.speaker_network.train(mode and self.fine_tune)
        return self

    def apply_trunk(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch 192"]:
        """Sound in -1..1 at 16 kHz to speaker embeddings of CAM++, neither standardised nor of unit length."""
        bands = self.frontend(wave)
        return self.speaker_network(bands - bands.mean(dim=1, keepdim=True))

    def predict_standardised(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """See `VoiceEncoder.predict_standardised`."""
        return self.regression((self.apply_trunk(wave) - self.voice_mean) / self.voice_spread)


def _regression(dimension: int, hidden: int, dropout: float) -> nn.Sequential:
    if hidden == 0:
        return nn.Sequential(nn.Dropout(dropout), nn.Linear(EMBEDDING, dimension))
    return nn.Sequential(
        nn.Dropout(dropout),
        nn.Linear(EMBEDDING, hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, dimension),
    )
