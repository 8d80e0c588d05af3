"""Layer sizes of a network, read in a forward pass, so that the diagram shows the real ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.decoder.networks import FaceDecoder
from speech2face.learning.encoder.campplus import CAMPPlus
from speech2face.learning.encoder.complexity import multiply_adds, parameter_count
from speech2face.learning.encoder.fbank import KaldiFbank
from speech2face.learning.encoder.frontends import LogMel
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.paper import TimeAverage
from speech2face.learning.encoder.presets import build_voice_encoder
from speech2face.learning.encoder.small import AttentiveStatistics, ResidualBlock
from speech2face.learning.encoder.spectrogram import PAPER_SAMPLES, PowerLawSpectrogram

CHANNELS, FRAMES, BANDS = "channels", "frames", "bands"
"""Meanings of the axes of a layer's output; bands are frequencies."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A module that is drawn as one layer: its label, and the axes of its output after the batch."""

    name: str
    axes: tuple[str, ...]


KINDS: Mapping[type[nn.Module], Kind] = {
    PowerLawSpectrogram: Kind(name="spectro-\ngram", axes=(CHANNELS, FRAMES, BANDS)),
    LogMel: Kind(name="log mel\nbands", axes=(BANDS, FRAMES)),
    KaldiFbank: Kind(name="log mel\nbands", axes=(FRAMES, BANDS)),
    nn.Conv2d: Kind(name="conv", axes=(CHANNELS, FRAMES, BANDS)),
    nn.MaxPool2d: Kind(name="max\npool", axes=(CHANNELS, FRAMES, BANDS)),
    nn.Conv1d: Kind(name="conv", axes=(CHANNELS, FRAMES)),
    ResidualBlock: Kind(name="residual\nblock", axes=(CHANNELS, FRAMES)),
    TimeAverage: Kind(name="mean of\ntime", axes=(CHANNELS, BANDS)),
    nn.AvgPool1d: Kind(name="mean of\nbands", axes=(CHANNELS, BANDS)),
    AttentiveStatistics: Kind(name="mean and\nspread", axes=(CHANNELS,)),
    CAMPPlus: Kind(name="CAM++", axes=(CHANNELS,)),
    nn.Linear: Kind(name="linear", axes=(CHANNELS,)),
}
"""The layers of voice encoders. What is not here (activations, norms) is part of the layer before it."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer as it is drawn.

    Attributes:
        kernel, stride: "" where there is none.
        size: of the output for one sound, by the meaning of its axes.
        trained: None: nothing to train.
        branch: name of the part of the network that the layer belongs to, where parts run side by side; else "".
    """

    name: str
    kernel: str
    stride: str
    size: Mapping[str, int]
    trained: bool | None
    branch: str


@dataclass(frozen=True, kw_only=True)
class Network:
    """A voice encoder for 6 s of sound."""

    layers: list[Layer]
    parameters: int
    multiply_adds: int


def voice_network(preset: str, arguments: Mapping[str, Any]) -> Network:
    """Build a voice encoder and run it on 6 s of silence.

    Args:
        preset, arguments: as in the description that is saved beside trained weights.
    """
    # The paper's network is too large to be run for a drawing; the other front ends cannot do without numbers.
    with torch.device("meta" if preset == "paper" else "cpu"):
        model = build_voice_encoder(preset, dict(arguments)).eval()
        wave = torch.zeros(1, PAPER_SAMPLES)
    modules = dict(_drawn(model))
    seen = watch(model, wave, modules)
    layers: list[Layer] = []
    for path, shape in seen.shapes.items():
        module = modules[path]
        kind = KINDS[type(module)]
        first = path.split(".")[0]
        learned = [parameter.requires_grad for parameter in module.parameters()]
        layers.append(
            Layer(
                name=kind.name,
                kernel=_sides(getattr(module, "kernel_size", "")),
                stride=_sides(getattr(module, "stride", "")),
                size=dict(zip(kind.axes, shape, strict=True)),
                trained=any(learned) if learned else None,
                branch=first if isinstance(model.get_submodule(first), VoiceEncoder) else "",
            )
        )
    return Network(layers=layers, parameters=parameter_count(model), multiply_adds=seen.multiply_adds)


def _drawn(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The modules of known kinds, those inside of others left out."""
    for name, child in module.named_children():
        if type(child) in KINDS:
            yield prefix + name, child
        else:
            yield from _drawn(child, f"{prefix}{name}.")


def _sides(sides: object) -> str:
    """`4 × 4` for (4, 4), `5` for (5,), the empty text for none."""
    return " × ".join(str(side) for side in sides) if isinstance(sides, tuple) else str(sides)


@dataclass(frozen=True, kw_only=True)
class DecoderSizes:
    """A face decoder.

    Attributes:
        hidden: units between the first layer and the landmarks; None: there is no layer between them.
        maps: channels and side of the maps from the first one to the picture.
    """

    embedding: int
    first: int
    hidden: int | None
    landmarks: int
    maps: list[tuple[int, int]]
    parameters: int
    multiply_adds: int


def decoder_sizes(decoder: FaceDecoder) -> DecoderSizes:
    """Run a face decoder on the mean face."""
    mean = decoder.mean[None]
    common: dict[str, Any] = {
        "embedding": mean.shape[1],
        "first": decoder.first(mean).shape[1],
        "landmarks": len(decoder.mean_landmarks),
        "parameters": parameter_count(decoder),
    }
    if not isinstance(decoder, ColeFaceDecoder):
        computed = watch(decoder, mean, {}).multiply_adds
        channels, side, _ = decoder.mean_texture.shape
        return DecoderSizes(**common, hidden=None, maps=[(channels, side)], multiply_adds=computed)
    stages = {f"stages.{number}": stage for number, stage in enumerate(decoder.stages)}
    modules = {name: decoder.get_submodule(name) for name in ("landmark_layers.0", "enter", "leave")}
    seen = watch(decoder, mean, modules | stages)
    shapes = seen.shapes
    entered = shapes["enter"][0] // decoder.side**2, decoder.side
    grown = [(channels, side) for channels, side, _ in (shapes[name] for name in stages)]
    return DecoderSizes(
        **common,
        hidden=shapes["landmark_layers.0"][0],
        maps=[entered, *grown, (shapes["leave"][0], shapes["leave"][1])],
        multiply_adds=seen.multiply_adds,
    )


@dataclass(frozen=True, kw_only=True)
class Pass:
    """A forward pass: the output shapes of modules without the batch, in the order of execution."""

    shapes: Mapping[str, tuple[int, ...]]
    multiply_adds: int


def watch(model: nn.Module, x: Tensor, modules: Mapping[str, nn.Module]) -> Pass:
    """Run the model on `x` and record the output shapes of the named modules."""
    found: dict[str, tuple[int, ...]] = {}

    def keep(name: str) -> Any:
        return lambda _module, _inputs, output: found.update({name: tuple(output.shape[1:])})

    handles = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    try:
        computed = multiply_adds(model, x)
    finally:
        for handle in handles:
            handle.remove()
    return Pass(shapes=found, multiply_adds=computed)
