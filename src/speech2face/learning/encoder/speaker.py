"""A voice encoder on top of a speaker recogniser, preset `speaker`.

What tells speakers apart also tells something of their faces, and was learned from far more voices than there are
pairs of a voice and a face.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.learning.encoder.campplus import EMBEDDING, MELS, CAMPPlus
from speech2face.learning.encoder.campplus_weights import load_campplus
from speech2face.learning.encoder.fbank import KaldiFbank
from speech2face.learning.encoder.networks import VoiceEncoder


class SpeakerVoiceEncoder(VoiceEncoder):
    """Speaker embeddings of CAM++, standardised, through a small head to face embeddings.

    The trunk of a new encoder is random; `initialise` gives it the released weights. They are saved with the rest,
    so that a trained encoder loads without the package that carries them.

    Args:
        dimension: length of the face embedding.
        fine_tune: train CAM++ as well; otherwise it stays as it is, in evaluation mode and without gradients, and
            what `listen` gives of whole clips is computed once for all epochs.
        hidden: units of the head's hidden layer; 0: the head is linear.
        dropout: share of the standardised speaker embedding, and of hidden units, left out in training. With a
            linear head it acts as ridge regression with a penalty of dropout / (1 - dropout) times the samples.

    The buffers `voice_mean` and `voice_spread` hold mean and spread of each number of the training voices' speaker
    embeddings.
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

    def initialise(self, target: Float[Tensor, "faces dimension"], voices: Iterator[Tensor]) -> Tensor | None:
        """See `VoiceEncoder.initialise`; also loads the trunk, which then hears all training voices once.

        Raises:
            FileNotFoundError: the package that carries the released weights is not installed.
            ValueError: it carries another file.
        """
        super().initialise(target, voices)
        self.load_pretrained()
        training = self.training
        self.eval()
        with torch.no_grad():
            heard = torch.cat([self.listen(wave.to(self.voice_mean.device)) for wave in voices])
        self.standardise(heard)
        self.train(training)
        return heard

    def load_pretrained(self) -> None:
        """Put the released weights of CAM++ into the trunk.

        Raises:
            FileNotFoundError: the package that carries them is not installed.
            ValueError: it carries another file.
        """
        self.speaker_network.load_state_dict(load_campplus().state_dict())

    def standardise(self, embeddings: Float[Tensor, "voices 192"]) -> None:
        """Let the head see these embeddings, those of the training voices, with zero mean and unit spread."""
        self.voice_mean.copy_(embeddings.mean(dim=0))
        # A number that never changes, as with one voice alone, cannot be brought to unit spread.
        self.voice_spread.copy_(embeddings.std(dim=0, correction=0).clamp_min(1e-3))

    def train(self, mode: bool = True) -> "SpeakerVoiceEncoder":
        """As of any module, but a frozen trunk stays in evaluation mode: its batch norms must not follow the data."""
        super().train(mode)
        self.speaker_network.train(mode and self.fine_tune)
        return self

    @property
    def fixed_listening(self) -> bool:
        """See `VoiceEncoder.fixed_listening`."""
        return not self.fine_tune

    def listen(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch 192"]:
        """Sound in -1..1 at 16 kHz to the speaker embeddings of CAM++, not standardised, not of unit length."""
        features = self.frontend(wave)
        return self.speaker_network(features - features.mean(dim=1, keepdim=True))

    def answer(self, heard: Float[Tensor, "batch 192"]) -> Float[Tensor, "batch dimension"]:
        """See `VoiceEncoder.answer`."""
        return self._standard_head(heard) * self.spread + self.mean

    def standard(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """See `VoiceEncoder.standard`."""
        return self._standard_head(self.listen(wave))

    def _standard_head(self, embedding: Tensor) -> Tensor:
        return self.regression((embedding - self.voice_mean) / self.voice_spread)


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
