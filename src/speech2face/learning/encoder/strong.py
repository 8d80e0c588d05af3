"""The strongest voice encoder here, preset `strong`: what tells speakers apart, and what tells their bodies."""

from collections.abc import Iterator

from jaxtyping import Float
from torch import Tensor

from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.small import SmallVoiceEncoder
from speech2face.learning.encoder.speaker import SpeakerVoiceEncoder


class StrongVoiceEncoder(VoiceEncoder):
    """The sum of what CAM++ and a time-delay network that is trained from nothing predict.

    A speaker recogniser is taught to ignore what changes with microphone and mood, and with it loses some of what a
    face goes by; the time-delay network learns that from the faces. Both end in a linear layer, so that their sum is
    one linear layer over the features of both.

    Args:
        dimension: length of the face embedding.
        fine_tune, hidden: of `SpeakerVoiceEncoder`.
        mels, channels: of `SmallVoiceEncoder`.
        dropout: of both.
    """

    def __init__(
        self, *, dimension: int, fine_tune: bool, hidden: int, mels: int, channels: int, dropout: float
    ) -> None:
        super().__init__(dimension)
        self.speaker = SpeakerVoiceEncoder(dimension=dimension, fine_tune=fine_tune, hidden=hidden, dropout=dropout)
        self.small = SmallVoiceEncoder(
            dimension=dimension, mels=mels, channels=channels, batch_norm=True, dropout=dropout
        )

    def initialise(self, target: Float[Tensor, "faces dimension"], voices: Iterator[Tensor]) -> Tensor | None:
        """See `VoiceEncoder.initialise`; takes the released weights of CAM++."""
        super().initialise(target, voices)
        self.speaker.initialise(target, voices)
        return None

    def standard(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """See `VoiceEncoder.standard`."""
        return self.speaker.standard(wave) + self.small.standard(wave)
