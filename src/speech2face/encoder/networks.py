"""Voice encoders behind one interface: sound in, face embedding out. One class a preset.

Shape suffixes: B batch, C channels, T frames of time.
"""

from abc import ABC, abstractmethod
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.encoder.frontends import LogMel


class VoiceEncoder(nn.Module, ABC):
    """Predicts the face embedding of whoever speaks."""

    @abstractmethod
    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """Sound in -1..1 at 16 kHz, of any length above half a second, to face embeddings."""


class SmallVoiceEncoder(VoiceEncoder):
    """A time-delay network for the CPU: log mel bands, dilated residual blocks, attentive statistics pooling.

    Built like a small ECAPA-TDNN (Desplanques et al. 2020): what makes a voice is spread over time, so that
    one-dimensional convolutions over all bands at once and statistics over time are enough.

    Args:
        dimension: length of the face embedding.
        mels: mel bands.
        channels: channels of every block.

    The buffers `mean` and `spread` hold those of the training embeddings: the network predicts what is left
    when both are taken out.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, *, dimension: int, mels: int, channels: int) -> None:
        super().__init__()
        self.frontend = LogMel(mels)
        self.enter = nn.Sequential(
            nn.Conv1d(mels, channels, 5, stride=2, padding=2), nn.BatchNorm1d(channels), nn.ReLU()
        )
        self.blocks = nn.Sequential(*(ResidualBlock(channels, dilation) for dilation in (1, 2, 3)))
        self.pool = AttentiveStatistics(channels)
        self.leave = nn.Sequential(nn.BatchNorm1d(2 * channels), nn.Dropout(0.3), nn.Linear(2 * channels, dimension))
        self.register_buffer("mean", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(()))

    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """See `VoiceEncoder.forward`."""
        features_BCT = self.blocks(self.enter(self.frontend(wave)))
        return self.leave(self.pool(features_BCT)) * self.spread + self.mean


class ResidualBlock(nn.Module):
    """Two dilated convolutions around a skip, with channel gates from the mean over time."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation),
            nn.BatchNorm1d(channels),
        )
        self.gate = nn.Sequential(
            nn.Linear(channels, channels // 4), nn.ReLU(), nn.Linear(channels // 4, channels), nn.Sigmoid()
        )

    def forward(self, x_BCT: Tensor) -> Tensor:
        """Same shape in and out."""
        y_BCT = self.body(x_BCT)
        return torch.relu(x_BCT + y_BCT * self.gate(y_BCT.mean(dim=2))[:, :, None])


class AttentiveStatistics(nn.Module):
    """Weighted mean and standard deviation over time (Okabe et al. 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.score = nn.Sequential(
            nn.Conv1d(channels, channels // 4, 1), nn.Tanh(), nn.Conv1d(channels // 4, channels, 1)
        )

    def forward(self, x_BCT: Tensor) -> Tensor:
        """[B, C, T] to [B, 2C]."""
        weight_BCT = self.score(x_BCT).softmax(dim=2)
        mean_BC = (weight_BCT * x_BCT).sum(dim=2)
        variance_BC = (weight_BCT * (x_BCT - mean_BC[:, :, None]).square()).sum(dim=2)
        return torch.cat([mean_BC, (variance_BC + 1e-5).sqrt()], dim=1)


PRESETS: dict[str, type[VoiceEncoder]] = {"small": SmallVoiceEncoder}


def build_voice_encoder(preset: str, arguments: dict[str, Any]) -> VoiceEncoder:
    """The network of a preset.

    Raises:
        ValueError: there is no such preset.
    """
    if preset not in PRESETS:
        raise ValueError(f"There is no voice encoder {preset!r}; encoder.preset is one of {', '.join(PRESETS)}.")
    return PRESETS[preset](**arguments)
