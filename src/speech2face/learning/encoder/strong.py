"""The most accurate voice encoder here: preset `strong`, the sum of a branch on CAM++ and of `small`."""

from collections.abc import Iterator

from jaxtyping import Float
from torch import Tensor

from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.small import SmallVoiceEncoder
from speech2face.learning.encoder.speaker_branch import SpeakerBranch


class StrongVoiceEncoder(VoiceEncoder):
    """The sum of the predictions from CAM++ and from a time-delay network trained from scratch.

    A speaker recogniser is trained to ignore recording and mood, and loses some information about the face with them;
    the time-delay network learns it from the faces. Both end in a linear layer, so that their sum is one linear layer
    over the features of both.

    Args:
        dimension: length of the face embedding.
        fine_tune, hidden: see `SpeakerBranch`.
        mels, channels: see `SmallVoiceEncoder`.
        dropout: of both.
    """

    def __init__(
        self, *, dimension: int, fine_tune: bool, hidden: int, mels: int, channels: int, dropout: float
    ) -> None:
        super().__init__(dimension)
        self.speaker = SpeakerBranch(dimension=dimension, fine_tune=fine_tune, hidden=hidden, dropout=dropout)
        self.small = SmallVoiceEncoder(
            dimension=dimension, mels=mels, stride=2, channels=channels, batch_norm=True, dropout=dropout
        )

    def initialise(self, target: Float[Tensor, "faces dimension"], voices: Iterator[Tensor]) -> None:
        """See `VoiceEncoder.initialise`; also loads the released weights of CAM++."""
        super().initialise(target, voices)
        self.speaker.initialise(target, voices)

    def predict_standardised(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """See `VoiceEncoder.predict_standardised`."""
        return self.speaker.predict_standardised(wave) + self.small.predict_standardised(wave)
