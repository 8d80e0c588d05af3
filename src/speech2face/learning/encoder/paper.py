"""The voice encoder of Speech2Face (Oh et al. 2019, Table 1)."""

from collections import OrderedDict
from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speech2face.base.precision import full_precision
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.spectrogram import BANDS, HOP, PAPER_SAMPLES, WINDOW, PowerLawSpectrogram, repeat_to

KERNEL = 4
"""Side of every convolution's kernel."""
HIDDEN = 4096
"""Units of the first fully connected layer."""


class ConvLayer(NamedTuple):
    """A convolution of Table 1, and whether max pooling over time follows."""

    channels: int
    stride: int = 1
    pool: bool = False


TABLE = (
    ConvLayer(64),
    ConvLayer(64),
    ConvLayer(128, pool=True),
    ConvLayer(128, pool=True),
    ConvLayer(128, pool=True),
    ConvLayer(256, pool=True),
    ConvLayer(512),
    ConvLayer(512, stride=2),
    ConvLayer(512, stride=2),
)
"""The convolutions in order. ReLU and batch normalisation follow all but the last; pooling keeps the larger of two
frames. The last is averaged over time before its ReLU and batch normalisation."""

Padding = Literal["valid", "same"]
Flatten = Literal["frequency", "mean"]


class PaperVoiceEncoder(VoiceEncoder):
    """Table 1 layer by layer: convolutions over the complex spectrogram, a mean over time, two fully connected layers.

    Args:
        dimension: length of the face embedding; 4096 in the paper.
        batch_norm: with batch normalisation, as in the paper; its convergence figure also shows a network without it.
        padding: of the convolutions, along both axes. `valid` is none; `same` adds zeros as TensorFlow does, so that
            a convolution of stride 1 keeps the size. The paper does not say which.
        flatten: the input of the fully connected layers: all frequencies (`frequency`: 57 x 512 with valid padding) or
            their mean (`mean`: 512). The paper does not say which.
        relu_output: end with a ReLU. The paper predicts fc7 of VGG-Face, and does not say whether before its ReLU
            or after, where no value is below zero.
        channels_divisor: divides all numbers of channels and hidden units, for tests; 1 in the paper.

    Initialised as in TensorFlow, which the authors used: Glorot-uniform weights, zero biases. With PyTorch's defaults
    the signal vanishes over nine layers without normalisation.
    """

    def __init__(
        self,
        *,
        dimension: int,
        batch_norm: bool = True,
        padding: Padding = "valid",
        flatten: Flatten = "frequency",
        relu_output: bool = False,
        channels_divisor: int = 1,
    ) -> None:
        super().__init__(dimension)
        self.minimum_samples = minimum_samples(padding)
        self.spectrogram = PowerLawSpectrogram()
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        channels, frequencies = 2, BANDS
        for number, row in enumerate(TABLE, start=1):
            if padding == "same":
                layers[f"pad{number}"] = nn.ZeroPad2d((1, 2, 1, 2))
                frequencies += KERNEL - 1
            before, channels = channels, row.channels // channels_divisor
            layers[f"conv{number}"] = nn.Conv2d(before, channels, KERNEL, row.stride)
            frequencies = (frequencies - KERNEL) // row.stride + 1
            if row is not TABLE[-1]:
                # In place: no gradient needs the output of the convolution.
                layers[f"relu{number}"] = nn.ReLU(inplace=True)
                if batch_norm:
                    layers[f"norm{number}"] = nn.BatchNorm2d(channels)
            if row.pool:
                layers[f"pool{number}"] = nn.MaxPool2d((2, 1))
        self.convolutions = nn.Sequential(layers)

        head: OrderedDict[str, nn.Module] = OrderedDict(average=TimeAverage(), relu=nn.ReLU())
        if batch_norm:
            head["norm"] = nn.BatchNorm1d(channels)
        if flatten == "mean":
            head["frequencies"] = nn.AvgPool1d(frequencies)
            frequencies = 1
        hidden = HIDDEN // channels_divisor
        head["flat"] = nn.Flatten()
        head["fc1"] = nn.Linear(channels * frequencies, hidden)
        head["fc1_relu"] = nn.ReLU()
        head["fc2"] = nn.Linear(hidden, dimension)
        self.head = nn.Sequential(head)
        self.leave = nn.ReLU() if relu_output else nn.Identity()
        self.apply(_initialise)

    def predict_standardised(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """See `VoiceEncoder.predict_standardised`. Sound shorter than `minimum_samples` is repeated to that length."""
        features = self.convolutions(self.spectrogram(repeat_to(wave, self.minimum_samples)))
        # The fully connected layers are limited by memory bandwidth: rounding their weights in each step would cost
        # more time than it saves.
        with full_precision(wave.device):
            return self.head(features.float())

    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch dimension"]:
        """See `VoiceEncoder.forward`."""
        return self.leave(super().forward(wave))


class TimeAverage(nn.Module):
    """The mean over time: the paper's average pool of infinite length."""

    def forward(
        self, x: Float[Tensor, "batch channels frames frequencies"]
    ) -> Float[Tensor, "batch channels frequencies"]:
        """Average over frames."""
        return x.mean(dim=2)


def minimum_samples(padding: Padding) -> int:
    """Length in samples of the shortest sound for which every layer has at least one output frame."""
    frames = 1
    for row in reversed(TABLE):
        frames *= 2 if row.pool else 1
        frames = (frames - 1) * row.stride + (KERNEL if padding == "valid" else 1)
    return WINDOW + (frames - 1) * HOP


def sizes(samples: int = PAPER_SAMPLES, **arguments: Any) -> dict[str, tuple[int, ...]]:
    """The size of each intermediate result without the batch: channels, frames, frequencies for convolutions.

    Computed on PyTorch's meta device, without memory or arithmetic.

    Args:
        samples: length of the sound at 16 kHz.
        arguments: those of `PaperVoiceEncoder`.
    """
    with torch.device("meta"):
        model = PaperVoiceEncoder(**arguments)
        x = model.spectrogram(torch.empty(2, samples))
    found = {"spectrogram": tuple(x.shape[1:])}
    for name, layer in (*model.convolutions.named_children(), *model.head.named_children()):
        x = layer(x)
        found[name] = tuple(x.shape[1:])
    return found


def _initialise(module: nn.Module) -> None:
    """Initialise a layer as TensorFlow does: Glorot-uniform weights, zero bias."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.get_parameter("bias"))
