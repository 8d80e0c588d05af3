"""The system: voice encoder, face decoder, the training loss, and the sizes of all layers; paper, figure 2.

No number is typed: sizes, parameters and multiply-adds are read from the networks as they run, and the terms of the
loss from the record of the training.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from matplotlib.figure import Figure

from speech2face.base.images import encode_png, to_pictures
from speech2face.base.sound import SAMPLE_RATE
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.diagram import Fill, Page
from speech2face.evaluation.figures.layers import (
    BANDS,
    CHANNELS,
    FRAMES,
    DecoderSizes,
    Layer,
    Network,
    decoder_sizes,
    voice_network,
)
from speech2face.evaluation.figures.people import is_invented, spread_evenly
from speech2face.learning.decoder.networks import FaceDecoder, on_white
from speech2face.learning.encoder.spectrogram import HOP, PAPER_SAMPLES, WINDOW

PAPER: Mapping[str, Any] = {"preset": "paper", "arguments": {"dimension": 4096}}
"""The paper's voice encoder, which predicts fc7 of VGG-Face."""
LOSSES = {
    "first_layer": "L1 of the decoder's first layer",
    "direction": "squared distance of the directions",
    "distillation": "distillation of a face classifier",
    "l1": "L1 of the embeddings",
    "pixels": "L1 of the decoded pictures",
    "mean_squared": "squared error of the embeddings",
}
"""The terms of `encoder.losses` by the names that the record of the training gives them."""

_HEIGHT_MM = 168.0
_STRIPS_MM = 82.0, 124.0
_LABELS_MM, _WIDEST_MM = 16.0, 13.0
_PICTURE_MM = 14.0


TRAINED = Fill(colour=style.SKY_BLUE, opacity=0.4)
FROZEN = Fill(colour=style.GREY, opacity=0.22)
COMPARED = Fill(colour=style.ORANGE, opacity=0.35)
FIXED = Fill(colour=style.GREY, opacity=0.0)
_LEGEND = {
    TRAINED: "trained on pairs of voice and face",
    FROZEN: "trained before and frozen",
    FIXED: "has nothing to train",
    COMPARED: "loss, only in training",
}


@style.look()
def draw(
    reconstructions: pd.DataFrame, *, encoder: Mapping[str, Any], decoder: FaceDecoder, history: pd.DataFrame
) -> Figure:
    """The whole system on top, with one test speaker's pictures; the layers of two voice encoders below.

    Args:
        reconstructions: rows of the reconstructions phase; the first speaker's first clip is shown.
        encoder: description of the trained voice encoder, `preset` and `arguments`.
        decoder: the trained face decoder.
        history: record of the training of the voice encoder, whose columns name the terms of the loss.

    Raises:
        ValueError: there is no clip, or the record names no known term.
    """
    if reconstructions.empty:
        raise ValueError("There is no test clip to show in the system; raise splits.test or add speakers.")
    terms = [label for name, label in LOSSES.items() if name in history]
    if not terms:
        raise ValueError(
            f"The training's record holds none of the losses {', '.join(LOSSES)}; train the encoder again."
        )
    clip = {str(name): value for name, value in spread_evenly(reconstructions, 1).iloc[0].items()}
    invented = is_invented(reconstructions)
    figure = style.new_figure(width_mm=style.DOUBLE_MM, height_mm=_HEIGHT_MM, invented=invented)
    page = Page(figure)
    own, paper = (voice_network(described["preset"], described["arguments"]) for described in (encoder, PAPER))
    page.text("a", 2, 4, weight="bold", size=9)
    page.text("From a voice to a picture", 6, 4, weight="bold", size=6.5)
    _draw_encoding(page, own, str(encoder["preset"]))
    _draw_decoding(page, decoder, decoder_sizes(decoder), clip)
    _draw_training(page, decoder, clip, terms)
    title = f"The voice encoder of this run: preset {encoder['preset']}, {_costs(own)}"
    _draw_strip(page, own, "b", title, _STRIPS_MM[0])
    _draw_strip(page, paper, "c", f"The paper's voice encoder (table 1): {_costs(paper)}", _STRIPS_MM[1])
    return figure


def _draw_encoding(page: Page, network: Network, preset: str) -> None:
    """Voice, spectrogram, voice encoder, along the middle of the upper half."""
    wave = _synthetic_voice()
    top, middle = 15.0, 22.0
    page.text("voice", 9, 12.5, ha="center", weight="bold")
    page.inset(2, top, _PICTURE_MM, _PICTURE_MM).plot(wave[::100], color=style.BLUE, linewidth=0.4)
    page.text(f"{PAPER_SAMPLES:,} samples", 9, 31, ha="center")
    page.arrow((16, middle), (20, middle))
    first = network.layers[0]
    page.text("spectrogram", 27, 12.5, ha="center", weight="bold")
    axes = page.inset(20, top, _PICTURE_MM, _PICTURE_MM)
    axes.specgram(wave, NFFT=WINDOW, noverlap=WINDOW - HOP, Fs=SAMPLE_RATE, cmap="magma", vmin=-90)
    axes.set(ylim=(0, 4000), xticks=[], yticks=[])
    axes.grid(False)
    page.text(" × ".join(str(size) for size in first.size.values()), 27, 31, ha="center")
    page.arrow((34, middle), (38, middle))
    words = f"voice encoder\npreset {preset}\n{_millions(network.parameters)}\nparameters"
    page.box((38, 60), (top, top + _PICTURE_MM), TRAINED, words)
    page.arrow((60, middle), (65, middle))


def _draw_decoding(page: Page, decoder: FaceDecoder, sizes: DecoderSizes, clip: Mapping[str, Any]) -> None:
    """Face embedding, face decoder and its pictures for the voice of `clip`."""
    wanted = torch.tensor(np.asarray(clip["voice_embedding"], np.float32))[None]
    with torch.no_grad():
        parts = decoder.parts(wanted)
    texture, picture = (_picture(pixels) for pixels in (on_white(parts.texture), parts.picture))
    page.text("face\nembedding", 66.5, 11, ha="center", weight="bold")
    page.embedding(_standard(decoder, clip["voice_embedding"]), 65, 15, 14)
    page.text(str(sizes.embedding), 68, 31, ha="left")
    page.arrow((68, 22), (76, 22))
    page.box((73, 156), (3, 58), FROZEN)
    costs = f"{_millions(sizes.parameters)} parameters, {_billions(sizes.multiply_adds)} multiply-adds"
    page.text("face decoder", 75, 6, weight="bold")
    page.text(costs, 154, 6, ha="right")
    page.box((76, 91), (17, 27), FROZEN, f"first layer\n{sizes.first}")
    if sizes.hidden is None:
        page.arrow((91, 22), (127, 22))
        page.text("linear map", 109, 20.5, ha="center")
    else:
        page.arrow((91, 22), (102, 22))
        page.box((102, 119), (17, 27), FROZEN, f"hidden layer\n{sizes.hidden}")
        page.arrow((119, 22), (127, 22))
    page.text("landmarks", 134, 12.5, ha="center", weight="bold")
    axes = page.inset(127, 15, _PICTURE_MM, _PICTURE_MM)
    axes.plot(*parts.landmarks[0].T.numpy(), ".", ms=1.2, color=style.GREEN)
    axes.set(xlim=(0, 1), ylim=(1, 0))
    axes.grid(False)
    page.text(f"{sizes.landmarks} × 2", 134, 31, ha="center")
    _draw_maps(page, sizes)
    page.text("texture", 134, 35.5, ha="center", weight="bold")
    style.add_picture(page.figure, texture, left_mm=127, top_mm=37.5, side_mm=_PICTURE_MM)
    channels, side = sizes.maps[-1]
    page.text(f"{channels} × {side}²", 134, 53.5, ha="center")
    page.arrow((141, 22), (149.5, 22), (149.5, 28))
    page.arrow((141, 44.5), (149.5, 44.5), (149.5, 38))
    page.box((145, 154), (28, 38), FROZEN, "warp")
    page.arrow((154, 33), (159, 33))
    page.text("picture\n(S2F)", 166, 22.5, ha="center", weight="bold")
    style.add_picture(page.figure, picture, left_mm=159, top_mm=26, side_mm=_PICTURE_MM)


def _draw_maps(page: Page, sizes: DecoderSizes) -> None:
    """The maps that grow from the first layer to the texture, with their channels and sides."""
    grown, middle = sizes.maps[:-1], 44.5
    if not grown:
        page.arrow((83.5, 27), (83.5, middle), (127, middle))
        page.text("linear map", 109, middle - 1.5, ha="center")
        return
    pitch = 51.0 / len(grown)
    sides = [1.1 * np.log2(side) for _, side in grown]
    centres = [76 + pitch * (position + 0.5) for position in range(len(grown))]
    page.arrow((centres[0], 27), (centres[0], middle - sides[0] / 2))
    for (channels, side), drawn, centre in zip(grown, sides, centres, strict=True):
        page.bar((centre, middle), (drawn, drawn), FROZEN)
        page.text(f"{channels} × {side}²", centre, 53.5, ha="center")
    starts = [centre + side / 2 for centre, side in zip(centres, sides, strict=True)]
    ends = [*(centre - side / 2 for centre, side in zip(centres[1:], sides[1:], strict=True)), 127.0]
    for start, end in zip(starts, ends, strict=True):
        page.arrow((start, middle), (end, middle))


def _draw_training(page: Page, decoder: FaceDecoder, clip: Mapping[str, Any], terms: Sequence[str]) -> None:
    """The face embedding of a frame, and its comparison with the one predicted from the voice."""
    page.text("video frame", 27, 58, ha="center", weight="bold")
    style.add_picture(page.figure, clip["original"], left_mm=20, top_mm=60, side_mm=_PICTURE_MM)
    page.arrow((34, 67), (38, 67))
    page.box((38, 60), (60, 74), FROZEN, "face encoder")
    page.arrow((60, 67), (65, 67))
    page.embedding(_standard(decoder, clip["face_embedding"]), 65, 60, 14)
    page.text(str(len(clip["face_embedding"])), 66.5, 76, ha="center")
    page.box((20, 70), (38, 52), COMPARED, "\n".join(["compared in training", *terms]))
    page.arrow((66.5, 29), (66.5, 38))
    page.arrow((66.5, 60), (66.5, 52))
    page.arrow((49, 38), (49, 29), dashed=True)
    page.text("gradient", 50, 34)
    for position, (fill, words) in enumerate(_LEGEND.items()):
        page.bar((77, 63 + 4 * position), (4, 2.6), fill)
        page.text(words, 81, 63 + 4 * position)
    page.text("b, c: height by frames, width by channels (logarithms)", 119, 63)


def _draw_strip(page: Page, network: Network, letter: str, title: str, top: float) -> None:
    """A network's layers side by side, each above its kind and its output size."""
    page.text(letter, 2, top + 2, weight="bold", size=9)
    page.text(title, 6, top + 2, weight="bold", size=6.5)
    layers = network.layers
    pitch = min(_WIDEST_MM, (style.DOUBLE_MM - _LABELS_MM - 1) / len(layers))
    rows = {"kernel": 29.0, "stride": 31.6, CHANNELS: 34.2, FRAMES: 36.8, BANDS: 39.4}
    page.text("layer", 2, top + 25.5, color=style.GREY)
    for name, y in rows.items():
        page.text(name, 2, top + y, color=style.GREY)
    middle = top + 13.5
    for position, layer in enumerate(layers):
        centre = _LABELS_MM + pitch * (position + 0.5)
        sides = 0.5 * np.log2(layer.size.get(CHANNELS, 1) + 3), 1.5 + 1.7 * np.log2(layer.size.get(FRAMES, 1))
        page.bar((centre, middle), sides, _fill(layer))
        if position and layer.branch != layers[position - 1].branch:
            page.text("+", centre - pitch / 2, middle, ha="center", size=9)
        elif position:
            page.arrow((centre - pitch / 2 - 0.7, middle), (centre - pitch / 2 + 0.7, middle))
        page.text(layer.name, centre, top + 25.5, ha="center", linespacing=0.95)
        cells = {"kernel": layer.kernel, "stride": layer.stride} | {name: str(n) for name, n in layer.size.items()}
        for name, words in cells.items():
            page.text(words, centre, top + rows[name], ha="center")


def _fill(layer: Layer) -> Fill:
    return FIXED if layer.trained is None else TRAINED if layer.trained else FROZEN


def _synthetic_voice() -> Float[np.ndarray, "samples"]:
    """Six seconds of a synthetic voice: a gliding tone in syllables, its overtones strong near two formants."""
    time = np.arange(PAPER_SAMPLES) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(170 + 40 * np.sin(2.1 * time)) / SAMPLE_RATE
    syllables = np.abs(np.sin(4.3 * time) * np.sin(1.7 * time + 0.5)) ** 0.7
    first, second = 600 + 250 * np.sin(9 * time), 2200 + 500 * np.sin(6 * time)
    overtones = [
        (np.exp(-(((170 * n - first) / 300) ** 2)) + 0.5 * np.exp(-(((170 * n - second) / 400) ** 2)))
        * np.sin(n * phase)
        for n in range(1, 24)
    ]
    return syllables * np.sum(overtones, axis=0)


def _standard(decoder: FaceDecoder, embedding: np.ndarray) -> np.ndarray:
    """An embedding as the decoder sees it: without the mean, in units of the spread."""
    return (np.asarray(embedding) - decoder.mean.numpy()) / float(decoder.spread)


def _picture(pixels: torch.Tensor) -> bytes:
    return encode_png(to_pictures(pixels[0]))


def _costs(network: Network) -> str:
    return f"{_millions(network.parameters)} parameters, {_billions(network.multiply_adds)} multiply-adds for 6 s"


def _millions(number: int) -> str:
    return f"{number / 1e6:.3g} M"


def _billions(number: int) -> str:
    return f"{number / 1e9:.3g} G"
