"""The output of the face decoder in parts: texture in the mean shape, landmarks, and the texture warped to them."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from speech2face.base.images import encode_png, to_pictures
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.people import describe, is_invented, shorten, spread_evenly
from speech2face.learning.decoder.networks import on_white
from speech2face.learning.decoder.presets import load_face_decoder

SOURCES = {"face_embedding": "from the face", "voice_embedding": "from the voice"}
"""Embeddings that are decoded, and their headings."""
PARTS = ("texture,\nmean shape", "landmarks", "warped:\nthe picture")

_SIDE_MM, _GAP_MM, _BETWEEN_MM = 19.5, 1.0, 3.0
_TOP_MM, _LEFT_MM = 11.0, 27.0
_LETTERS_IN_LINE = 13


@style.look()
def draw(reconstructions: pd.DataFrame, *, weights: Path, config: Path, count: int) -> Figure:
    """A row of pictures for each of `count` test speakers: the true face, then the parts of F2F and of S2F.

    Args:
        reconstructions: rows of the reconstructions phase.
        weights, config: of the face decoder.

    Raises:
        ValueError: there is no clip.
    """
    if reconstructions.empty:
        raise ValueError("There is no test clip to draw the decoder's parts of; raise splits.test or add speakers.")
    shown = spread_evenly(reconstructions, count)
    decoder = load_face_decoder(weights, config)
    pitch = _SIDE_MM + _GAP_MM
    block = len(PARTS) * pitch + _BETWEEN_MM
    invented = is_invented(reconstructions)
    figure = style.new_figure(
        width_mm=_LEFT_MM + _SIDE_MM + _BETWEEN_MM + len(SOURCES) * block,
        height_mm=_TOP_MM + len(shown) * pitch + (style.MARK_MM if invented else 0),
        invented=invented,
    )
    style.add_text(figure, "true face", x_mm=_LEFT_MM + _SIDE_MM / 2, y_mm=_TOP_MM - 1, ha="center", va="bottom")
    for row, clip in enumerate(shown.to_dict("records")):
        top = _TOP_MM + row * pitch
        words = "\n".join([shorten(str(clip["speaker_id"]), _LETTERS_IN_LINE), *describe(clip)])
        middle = top + _SIDE_MM / 2
        style.add_text(figure, words, x_mm=_LEFT_MM - 2, y_mm=middle, ha="right", va="center", fontsize=6)
        style.add_picture(figure, clip["original"], left_mm=_LEFT_MM, top_mm=top, side_mm=_SIDE_MM)
    for position, (column, title) in enumerate(SOURCES.items()):
        left = _LEFT_MM + _SIDE_MM + _BETWEEN_MM + position * block
        middle = left + (len(PARTS) * pitch - _GAP_MM) / 2
        style.add_text(figure, title, x_mm=middle, y_mm=1, ha="center", va="top", weight="bold")
        for part, name in enumerate(PARTS):
            centre = left + part * pitch + _SIDE_MM / 2
            style.add_text(figure, name, x_mm=centre, y_mm=_TOP_MM - 1, ha="center", va="bottom", fontsize=6)
        with torch.no_grad():
            drawn = decoder.parts(torch.from_numpy(np.stack(shown[column].to_list()).astype(np.float32)))
        for row in range(len(shown)):
            for part, pixels in enumerate((on_white(drawn.texture), drawn.picture, drawn.picture)):
                picture = to_pictures(pixels[row])
                place_mm = left + part * pitch, _TOP_MM + row * pitch
                axes = style.add_picture(
                    figure, encode_png(picture), left_mm=place_mm[0], top_mm=place_mm[1], side_mm=_SIDE_MM
                )
                if PARTS[part] == "landmarks":
                    # Points are in parts of the sides; a picture's pixels are counted from the middle of the first.
                    x, y = (drawn.landmarks[row] * picture.shape[0] - 0.5).T.numpy()
                    axes.plot(x, y, ".", ms=0.8, color=style.GREEN)
    return figure
