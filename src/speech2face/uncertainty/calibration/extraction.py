"""What the models hear in a recording: the same in calibration and in use, or nothing that is promised would hold.

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

WINDOWS, WINDOW_SECONDS = 4, 1.5
"""How many parts of a recording of 6 s are heard to tell whether one person speaks in all, and how long each is."""


@dataclass(frozen=True, kw_only=True)
class BatchFeatures:
    """What is heard in each of a batch of recordings."""

    embedding: Float[Tensor, "batch dimension"]
    """The face embedding that the voice encoders predict in the mean."""
    disagreement: Float[Tensor, "batch"]
    """How far apart their predictions are: root mean square around that mean; 0 of one encoder alone."""
    features: Float[Tensor, "batch features"]
    """What the first encoder's last layer sees."""
    sound: Float[Tensor, "batch statistics"]
    """Of 40 mel bands: mean, spread and mean change from frame to frame, whatever the encoder makes of them."""


class VoiceFeatureExtractor:
    """Listens with one voice encoder, or with several that were trained alike but for their seeds.

    Args:
        encoders: in evaluation mode.
    """

    def __init__(self, encoders: Sequence[VoiceEncoder]) -> None:
        self.encoders = list(encoders)
        self.device = self.encoders[0].mean.device
        self._mel = LogMel(_MELS).to(self.device)
        self._seen: list[Tensor] = []
        first = self.encoders[0]
        # The layers that give the embedding: one, or the two whose sum a network takes.
        for module in first.modules():
            if isinstance(module, nn.Linear) and module.out_features == len(first.mean):
                module.register_forward_pre_hook(lambda _, inputs: self._seen.append(inputs[0]))

    @torch.inference_mode()
    def extract(self, wave: Float[Tensor, "batch samples"]) -> BatchFeatures:
        """Listen to sound in -1..1 at 16 kHz, of half a second and more."""
        wave = wave.to(self.device)
        self._seen.clear()
        predicted = torch.stack([encoder(wave) for encoder in self.encoders])
        mean_BD = predicted.mean(dim=0)
        return BatchFeatures(
            embedding=mean_BD.cpu(),
            disagreement=(predicted - mean_BD).square().mean(dim=(0, 2)).sqrt().cpu(),
            features=torch.cat([seen.flatten(1) for seen in self._seen], dim=1).cpu(),
            sound=self._statistics(wave).cpu(),
        )

    @torch.inference_mode()
    def windows(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch windows features"]:
        """What the first encoder's last layer sees of each quarter of sound of 6 s."""
        self._seen.clear()
        self.encoders[0](wave.to(self.device).reshape(len(wave) * WINDOWS, -1))
        return torch.cat([seen.flatten(1) for seen in self._seen], dim=1).reshape(len(wave), WINDOWS, -1).cpu()

    def _statistics(self, wave: Tensor) -> Tensor:
        bands = self._mel(wave)
        change = (bands[:, :, 1:] - bands[:, :, :-1]).abs().mean(dim=2)
        return torch.cat([bands.mean(dim=2), bands.std(dim=2), change], dim=1)
