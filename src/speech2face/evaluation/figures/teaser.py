"""The first picture: six voices as spectrograms, the face decoded from each, the true face; paper, figure 1."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int16
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from speech2face.base.columns import gather_arrays
from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.voices.samples import unit_samples
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.people import describe, is_invented, shorten, spread_evenly
from speech2face.learning.encoder.spectrogram import BANDS, PowerLawSpectrogram

TALKERS = 6
"""As many as in the paper."""

_SIDE_MM, _TRUE_MM, _STRIP_MM = 25.0, 11.5, 12.0
_GAP_MM, _LEFT_MM, _TOP_MM, _ARROW_MM = 1.3, 16.0, 5.0, 5.0
_LETTERS_IN_NAME = 14
_COMPRESSION = 0.3  # of PowerLawSpectrogram
_SHOWN_BANDS = BANDS // 2 + 1  # up to 4 kHz; little of a voice is visible above
_LOUDNESS = LinearSegmentedColormap.from_list("loudness", ["white", style.BLUE, style.BLACK])


def spectrogram(sound: Int16[np.ndarray, "samples"]) -> Float[np.ndarray, "bands frames"]:
    """Magnitude to the power of 0.3 of a sound at 16 kHz, from 0 (first row) to 8 kHz.

    The paper's encoder is given real and imaginary parts, each compressed so. Put together as they are, they would
    flicker with the phase; hence the parts are put together before the compression.
    """
    parts = PowerLawSpectrogram()(torch.from_numpy(unit_samples(sound))[None])[0]
    return parts.abs().pow(1 / _COMPRESSION).norm(dim=0).pow(_COMPRESSION).T.numpy()


@style.look()
def draw(reconstructions: pd.DataFrame, *, index: pd.DataFrame, clips: Path) -> Figure:
    """A column a talker: spectrogram of the voice, the picture decoded from it, the true face small.

    Args:
        reconstructions: rows of the reconstructions phase; the talkers shown are those of `people.spread_evenly`,
            each with the first clip.
        index: rows of the index, of these clips at least.
        clips: folder of the clips phase's shards, which hold the sounds.

    Raises:
        ValueError: there is no clip, or the index lacks one.
    """
    if reconstructions.empty:
        raise ValueError("There is no test clip to draw; raise splits.test or add speakers.")
    shown = spread_evenly(reconstructions, TALKERS)
    lacking = sorted(set(shown["clip_id"]) - set(index["clip_id"]))
    if lacking:
        raise ValueError(f"The index has no clip {', '.join(lacking)}: it is of another run than the reconstructions.")
    sounds = gather_arrays(index.set_index("clip_id").loc[shown["clip_id"]], clips, "audio")
    invented = is_invented(reconstructions)
    picture_top = _TOP_MM + _STRIP_MM + _ARROW_MM
    true_top = picture_top + _SIDE_MM + _GAP_MM
    figure = style.new_figure(
        width_mm=_LEFT_MM + len(shown) * (_SIDE_MM + _GAP_MM),
        height_mm=true_top + _TRUE_MM + (style.MARK_MM + 1 if invented else 1),
        invented=invented,
    )
    for position, clip in enumerate(shown.to_dict("records")):
        left = _LEFT_MM + position * (_SIDE_MM + _GAP_MM)
        middle = left + _SIDE_MM / 2
        name = shorten(str(clip["speaker_id"]), _LETTERS_IN_NAME)
        style.add_text(figure, name, x_mm=middle, y_mm=_TOP_MM - 1, ha="center", va="bottom", weight="bold")
        _draw_strip(figure, sounds[position], left_mm=left)
        style.add_text(
            figure, "↓", x_mm=middle, y_mm=picture_top - _ARROW_MM / 2, ha="center", va="center", fontsize=11
        )
        style.add_picture(figure, clip["s2f"], left_mm=left, top_mm=picture_top, side_mm=_SIDE_MM)
        style.add_picture(figure, clip["original"], left_mm=left, top_mm=true_top, side_mm=_TRUE_MM)
        words = "\n".join(describe({str(key): value for key, value in clip.items()})).replace(" (", "\n(")
        beside = {"x_mm": left + _TRUE_MM + 1, "y_mm": true_top + _TRUE_MM / 2}
        style.add_text(figure, words, **beside, va="center", fontsize=5.5)
    labels = {
        _TOP_MM + _STRIP_MM / 2: f"voice,\n{sounds.shape[1] / SAMPLE_RATE:.0f} s,\n0–4 kHz",
        picture_top + _SIDE_MM / 2: "face from\nthe voice\n(S2F)",
        true_top + _TRUE_MM / 2: "true face,\nto compare",
    }
    for height, label in labels.items():
        style.add_text(figure, label, x_mm=_LEFT_MM - 1.5, y_mm=height, ha="right", va="center", fontsize=6.5)
    return figure


def _draw_strip(figure: Figure, sound: Int16[np.ndarray, "samples"], *, left_mm: float) -> None:
    width, height = figure.get_figwidth() * 25.4, style.height_mm(figure)
    position = (left_mm / width, 1 - (_TOP_MM + _STRIP_MM) / height, _SIDE_MM / width, _STRIP_MM / height)
    axes = figure.add_axes(position)
    axes.imshow(spectrogram(sound)[:_SHOWN_BANDS], aspect="auto", origin="lower", cmap=_LOUDNESS)
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(True)
