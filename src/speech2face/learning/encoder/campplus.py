"""CAM++, a speaker recognition network: from filter bank features to a speaker embedding.

Written from its paper: Wang, Zheng, Chen, Cheng and Chen, "CAM++: A Fast and Efficient Network for Speaker
Verification Using Context-Aware Masking", Interspeech 2023 (arXiv 2303.00332). Its backbone, the densely
connected time-delay network, is that of Yu and Li, "Densely Connected Time Delay Neural Network for Speaker
Verification", Interspeech 2020.

Shape suffixes: B batch, C channels, F frequency bands, T frames, S segments of time.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

MELS = 80
EMBEDDING = 192

# Frames (of 20 ms) of a segment, which share one mask: two seconds.
SEGMENT = 100

_HEAD_CHANNELS = 32
_ENTRY_CHANNELS = 128
_GROWTH = 32
_BOTTLENECK = 128


@dataclass(frozen=True, kw_only=True)
class BlockShape:
    """The number of densely connected layers of a block, and their dilation in time."""

    layers: int
    dilation: int


BLOCKS = (
    BlockShape(layers=12, dilation=1),
    BlockShape(layers=24, dilation=2),
    BlockShape(layers=16, dilation=2),
)


class CAMPPlus(nn.Module):
    """Convolutional head, three densely connected blocks with context-aware masks, statistics pooling.

    The sizes are those of the released weights: 80 mel bands in, 192 numbers out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.head = ConvolutionalHead()
        channels = _HEAD_CHANNELS * MELS // 8
        # A stride of 2: from here on a frame is 20 ms.
        self.enter = nn.Conv1d(channels, _ENTRY_CHANNELS, 5, stride=2, padding=2, bias=False)
        self.enter_norm = nn.BatchNorm1d(_ENTRY_CHANNELS)
        self.blocks = nn.ModuleList()
        self.transitions = nn.ModuleList()
        channels = _ENTRY_CHANNELS
        for shape in BLOCKS:
            self.blocks.append(DenseBlock(channels, shape))
            channels += shape.layers * _GROWTH
            self.transitions.append(Transition(channels, channels // 2))
            channels //= 2
        self.leave_norm = nn.BatchNorm1d(channels)
        self.embed = nn.Linear(2 * channels, EMBEDDING, bias=False)
        self.embed_norm = nn.BatchNorm1d(EMBEDDING, affine=False)

    def forward(self, features: Float[Tensor, "batch frames 80"]) -> Float[Tensor, "batch 192"]:
        """Log mel energies minus their mean over time to speaker embeddings, which are not of unit length.

        Raises:
            ValueError: there are fewer than three frames, too few for a standard deviation over time.
        """
        if features.shape[1] < 3:
            raise ValueError(f"CAM++ needs at least 3 frames to tell their spread over time, not {features.shape[1]}.")
        x_BCT = functional.relu(self.enter_norm(self.enter(self.head(features.transpose(1, 2)))))
        for block, transition in zip(self.blocks, self.transitions, strict=True):
            x_BCT = transition(block(x_BCT))
        x_BCT = functional.relu(self.leave_norm(x_BCT))
        statistics_BC = torch.cat([x_BCT.mean(dim=2), x_BCT.std(dim=2)], dim=1)
        return self.embed_norm(self.embed(statistics_BC))


class ConvolutionalHead(nn.Module):
    """The paper's front-end convolution module: two-dimensional, so that a shift in pitch or formants matters less.

    Frequency is halved three times; time keeps its resolution.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Conv2d(1, _HEAD_CHANNELS, 3, padding=1, bias=False)
        self.enter_norm = nn.BatchNorm2d(_HEAD_CHANNELS)
        self.blocks = nn.Sequential(*(ResidualBlock(_HEAD_CHANNELS, stride) for stride in (2, 1, 2, 1)))
        self.leave = nn.Conv2d(_HEAD_CHANNELS, _HEAD_CHANNELS, 3, stride=(2, 1), padding=1, bias=False)
        self.leave_norm = nn.BatchNorm2d(_HEAD_CHANNELS)

    def forward(self, x_BFT: Tensor) -> Tensor:
        """[B, F, T] to [B, 32 F / 8, T]: channels and bands are merged."""
        # Channels-last: the fastest memory layout for convolutions on a CPU.
        x_BCFT = x_BFT[:, None].contiguous(memory_format=torch.channels_last)
        x_BCFT = self.blocks(functional.relu(self.enter_norm(self.enter(x_BCFT))))
        return functional.relu(self.leave_norm(self.leave(x_BCFT))).flatten(1, 2)


class ResidualBlock(nn.Module):
    """Two convolutions of 3 x 3 with a skip connection; a stride of 2 halves frequency only."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, stride=(stride, 1), padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.skip: nn.Module = nn.Identity()
        if stride > 1:
            self.skip = nn.Sequential(
                nn.Conv2d(channels, channels, 1, stride=(stride, 1), bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x_BCFT: Tensor) -> Tensor:
        """[B, C, F, T] to [B, C, F / stride, T]."""
        y_BCFT = self.norm2(self.conv2(functional.relu(self.norm1(self.conv1(x_BCFT)))))
        return functional.relu(y_BCFT + self.skip(x_BCFT))


class DenseBlock(nn.Module):
    """Layers that each get the input of the block and the outputs of all layers before them."""

    def __init__(self, channels: int, shape: BlockShape) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            DenseLayer(channels + layer * _GROWTH, shape.dilation) for layer in range(shape.layers)
        )

    def forward(self, x_BCT: Tensor) -> Tensor:
        """[B, C, T] to [B, C + 32 layers, T]."""
        for layer in self.layers:
            x_BCT = torch.cat([x_BCT, layer(x_BCT)], dim=1)
        return x_BCT


class DenseLayer(nn.Module):
    """Normalisation, a bottleneck of 128 channels, and a masked convolution over time."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm1d(channels)
        self.squeeze = nn.Conv1d(channels, _BOTTLENECK, 1, bias=False)
        self.norm2 = nn.BatchNorm1d(_BOTTLENECK)
        self.masked = MaskedConvolution(dilation)

    def forward(self, x_BCT: Tensor) -> Tensor:
        """[B, C, T] to [B, 32, T]."""
        x_BCT = self.squeeze(functional.relu(self.norm1(x_BCT)))
        return self.masked(functional.relu(self.norm2(x_BCT)))


class MaskedConvolution(nn.Module):
    """Context-aware masking: a convolution over time, with channels weighted by a mask computed from the context.

    The context is the mean over the whole recording plus that over the segment (multi-granularity pooling).
    """

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.local = nn.Conv1d(_BOTTLENECK, _GROWTH, 3, padding=dilation, dilation=dilation, bias=False)
        self.context1 = nn.Conv1d(_BOTTLENECK, _BOTTLENECK // 2, 1)
        self.context2 = nn.Conv1d(_BOTTLENECK // 2, _GROWTH, 1)

    def forward(self, x_BCT: Tensor) -> Tensor:
        """[B, 128, T] to [B, 32, T]."""
        # The last segment is the mean of the remaining frames.
        context_BCS = x_BCT.mean(dim=2, keepdim=True) + functional.avg_pool1d(x_BCT, SEGMENT, ceil_mode=True)
        # All frames of a segment share one mask, so that it is computed once per segment.
        mask_BCS = torch.sigmoid(self.context2(functional.relu(self.context1(context_BCS))))
        mask_BCT = mask_BCS.repeat_interleave(SEGMENT, dim=2)[:, :, : x_BCT.shape[2]]
        return self.local(x_BCT) * mask_BCT


class Transition(nn.Module):
    """Between blocks: halves the number of channels."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(before)
        self.conv = nn.Conv1d(before, after, 1, bias=False)

    def forward(self, x_BCT: Tensor) -> Tensor:
        """[B, before, T] to [B, after, T]."""
        return self.conv(functional.relu(self.norm(x_BCT)))
