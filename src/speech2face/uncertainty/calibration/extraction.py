"""Voice features: extracted alike for calibration and for answers, or coverage would not hold.

Shape suffixes: B batch, D the face embedding's numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.learning.encoder.frontends import LogMel
from speech2face.learning.encoder.networks import VoiceEncoder

_MELS = 40
_QUANTILES = (0.05, 0.5, 0.95)

WINDOWS, WINDOW_SECONDS = 4, 1.5
"""Windows of a recording of 6 s, between which a change of the speaker is detected, and the length of each."""


@dataclass(frozen=True, kw_only=True)
class BatchFeatures:
    """Features of a batch of recordings."""

    embedding: Float[Tensor, "batch dimension"]
    """The mean of the face embeddings that the voice encoders predict."""
    disagreement: Float[Tensor, "batch"]
    """Root mean square deviation of their predictions from that mean; 0 with one encoder."""
    features: Float[Tensor, "batch features"]
    """Inputs of the first encoder's last layer."""
    sound: Float[Tensor, "batch statistics"]
    """Of 40 mel bands: mean, standard deviation, mean change from frame to frame, and how far three quantiles lie from
    the mean; independent of the encoder. Quantiles tell background and synthesis from the speech of a person."""


class VoiceFeatureExtractor:
    """Extracts features with one voice encoder, or with an ensemble that differs by the seeds of training.

    Args:
        encoders: in evaluation mode.
    """

    def __init__(self, encoders: Sequence[VoiceEncoder]) -> None:
        self.encoders = list(encoders)
        self.device = self.encoders[0].mean.device
        self._mel = LogMel(_MELS).to(self.device)
        self._inputs: list[Tensor] = []
        first = self.encoders[0]
        # The layers that give the embedding: one, or two whose outputs the network adds.
        for module in first.modules():
            if isinstance(module, nn.Linear) and module.out_features == len(first.mean):
                module.register_forward_pre_hook(lambda _, inputs: self._inputs.append(inputs[0]))

    @torch.inference_mode()
    def extract(self, wave: Float[Tensor, "batch samples"]) -> BatchFeatures:
        """Features of sound in -1..1 at 16 kHz, at least half a second long."""
        wave = wave.to(self.device)
        self._inputs.clear()
        predicted = torch.stack([encoder(wave) for encoder in self.encoders])
        mean_BD = predicted.mean(dim=0)
        return BatchFeatures(
            embedding=mean_BD.cpu(),
            disagreement=(predicted - mean_BD).square().mean(dim=(0, 2)).sqrt().cpu(),
            features=torch.cat([part.flatten(1) for part in self._inputs], dim=1).cpu(),
            sound=self._statistics(wave).cpu(),
        )

    @torch.inference_mode()
    def windows(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch windows features"]:
        """Inputs of the first encoder's last layer for each window of sound of 6 s."""
        self._inputs.clear()
        self.encoders[0](wave.to(self.device).reshape(len(wave) * WINDOWS, -1))
        return torch.cat([part.flatten(1) for part in self._inputs], dim=1).reshape(len(wave), WINDOWS, -1).cpu()

    def _statistics(self, wave: Tensor) -> Tensor:
        bands = self._mel(wave)
        mean, change = bands.mean(dim=2), (bands[:, :, 1:] - bands[:, :, :-1]).abs().mean(dim=2)
        quantiles = bands.quantile(bands.new_tensor(_QUANTILES), dim=2) - mean
        return torch.cat([mean, bands.std(dim=2), change, *quantiles], dim=1)
