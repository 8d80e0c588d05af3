"""A small voice encoder that trains on a CPU: preset `small`.

Shape suffixes: B batch, C channels, T frames of time.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.learning.encoder.frontends import LogMel
from speech2face.learning.encoder.networks import VoiceEncoder


class SmallVoiceEncoder(VoiceEncoder):
    """A time-delay network: log mel bands, dilated residual blocks, attentive statistics pooling.

    A small variant of ECAPA-TDNN (Desplanques et al. 2020). The characteristics of a voice are spread over time, so
    that one-dimensional convolutions over all bands and statistics over time are enough.

    Args:
        dimension: length of the face embedding.
        mels: number of mel bands.
        stride: spectrogram frames of 10 ms per step of the network.
        channels: channels of every block.
        batch_norm: with batch normalisation after each convolution and before the last layer.
        dropout: probability of dropping a pooled statistic in training.
    """

    def __init__(
        self, *, dimension: int, mels: int, stride: int, channels: int, batch_norm: bool, dropout: float
    ) -> None:
        super().__init__(dimension)
        self.features = FrameFeatures(mels=mels, stride=stride, channels=channels, batch_norm=batch_norm)
        self.pool = AttentiveStatistics(channels)
        self.leave = nn.Sequential(
            _norm(2 * channels, batch_norm), nn.Dropout(dropout), nn.Linear(2 * channels, dimension)
        )

    def predict_standardised(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """See `VoiceEncoder.predict_standardised`."""
        return self.leave(self.pool(self.features(wave)))


class FrameFeatures(nn.Module):
    """Sound to features of frames of `stride` times 10 ms: log mel bands, then dilated residual blocks."""

    def __init__(self, *, mels: int, stride: int, channels: int, batch_norm: bool) -> None:
        super().__init__()
        self.frontend = LogMel(mels)
        self.enter = nn.Sequential(
            nn.Conv1d(mels, channels, 5, stride=stride, padding=2, bias=not batch_norm),
            _norm(channels, batch_norm),
            nn.ReLU(),
        )
        self.blocks = nn.Sequential(*(ResidualBlock(channels, dilation, batch_norm) for dilation in (1, 2, 3)))

    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch channels frames"]:
        """Sound in -1..1 at 16 kHz to features."""
        return self.blocks(self.enter(self.frontend(wave)))


class ResidualBlock(nn.Module):
    """Two dilated convolutions with a skip connection and squeeze-and-excitation over the mean over time."""

    def __init__(self, channels: int, dilation: int, batch_norm: bool) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation, bias=not batch_norm),
            _norm(channels, batch_norm),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation, bias=not batch_norm),
            _norm(channels, batch_norm),
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


def _norm(channels: int, batch_norm: bool) -> nn.Module:
    return nn.BatchNorm1d(channels) if batch_norm else nn.Identity()
