"""Retrieval by example: the faces nearest to a voice among those of all test speakers; paper, figure 7."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.people import describe, first_clips, is_invented, shorten, spread_evenly
from speech2face.evaluation.metrics.retrieval import centred_cosine
from speech2face.evaluation.predictions.schema import Predictions

RETRIEVED = 5

_SIDE_MM, _GAP_MM, _ROOM_MM = 19.0, 1.2, 4.0
_LEFT_MM, _TOP_MM = 28.5, 9.0
_LETTERS_IN_NAME = 16


@dataclass(frozen=True, kw_only=True)
class Retrieval:
    """The ranking of the gallery for one voice."""

    nearest: list[int]
    """Rows of the gallery, the most similar first."""
    rank: int
    """Rank of the speaker's own face, from 1."""


def with_predictions(reconstructions: pd.DataFrame, predictions: Predictions) -> pd.DataFrame:
    """The reconstructions with the voice embeddings of the predictions, which have one mean for all folds.

    Raises:
        ValueError: the predictions are of other clips.
    """
    if reconstructions["clip_id"].tolist() != predictions.clips["clip_id"].tolist():
        raise ValueError("Reconstructions and predictions are not of the same clips: they are of two runs.")
    return reconstructions.assign(voice_embedding=list(predictions.methods["s2f"].embeddings))


def retrieve(
    voices: Float[np.ndarray, "speakers d"], faces: Float[np.ndarray, "speakers d"], most: int
) -> list[Retrieval]:
    """For each voice the `most` nearest faces by the cosine that the metrics phase uses, and its own face's rank."""
    similarity = centred_cosine(voices, faces)
    order = np.argsort(-similarity, axis=1, kind="stable")
    return [
        Retrieval(nearest=row[:most].tolist(), rank=int(np.flatnonzero(row == own)[0]) + 1)
        for own, row in enumerate(order)
    ]


def retrieve_shown(gallery: pd.DataFrame, count: int, most: int) -> dict[int, Retrieval]:
    """The retrievals of `count` speakers of a gallery, chosen by `people.spread_evenly`, by row of the gallery.

    Args:
        gallery: rows of the reconstructions phase, one a speaker.
        most: number of nearest faces of each.
    """
    voices, faces = (np.stack(gallery[f"{side}_embedding"].to_list()) for side in ("voice", "face"))
    retrievals = retrieve(voices, faces, most)
    shown = spread_evenly(gallery, count)["speaker_id"]
    return {row: retrievals[row] for row in np.flatnonzero(gallery["speaker_id"].isin(shown)).tolist()}


@style.look()
def draw(reconstructions: pd.DataFrame, *, count: int) -> Figure:
    """A row a voice, for `count` test speakers: S2F picture, true face, the nearest faces with the true one framed.

    The gallery holds the first clip of every test speaker; the voices shown are those of
    `people.spread_evenly`.

    Raises:
        ValueError: there is no clip.
    """
    if reconstructions.empty:
        raise ValueError("There is no test clip to retrieve; raise splits.test or add speakers.")
    gallery = first_clips(reconstructions)
    retrievals = retrieve_shown(gallery, count, RETRIEVED)
    columns = min(RETRIEVED, len(gallery))
    pitch = _SIDE_MM + _GAP_MM
    figure = style.new_figure(
        width_mm=_LEFT_MM + _ROOM_MM + (2 + columns) * pitch,
        height_mm=_TOP_MM + len(retrievals) * pitch + style.MARK_MM,
        invented=is_invented(reconstructions),
    )
    _draw_heads(figure, columns)
    for position, (own, retrieval) in enumerate(retrievals.items()):
        _draw_row(figure, gallery, own, retrieval, top_mm=_TOP_MM + position * pitch)
    return figure


def _left_mm(column: int) -> float:
    """Left edge of a column of pictures; the retrieved ones, from the third on, stand a little apart."""
    return _LEFT_MM + column * (_SIDE_MM + _GAP_MM) + (_ROOM_MM if column >= 2 else 0)


def _draw_heads(figure: Figure, columns: int) -> None:
    heads = ["from the voice\n(S2F)", "true face", *(f"nearest {n + 1}" for n in range(columns))]
    for column, head in enumerate(heads):
        centre = _left_mm(column) + _SIDE_MM / 2
        style.add_text(figure, head, x_mm=centre, y_mm=_TOP_MM - 1, ha="center", va="bottom", weight="bold")


def _draw_row(figure: Figure, gallery: pd.DataFrame, own: int, retrieval: Retrieval, *, top_mm: float) -> None:
    clip = gallery.iloc[own]
    name = shorten(clip["speaker_id"], _LETTERS_IN_NAME)
    label = "\n".join([name, *describe(clip.to_dict()), f"rank {retrieval.rank} of {len(gallery)}"])
    style.add_text(figure, label, x_mm=_LEFT_MM - 2, y_mm=top_mm + _SIDE_MM / 2, ha="right", va="center")
    pictures = [clip["s2f"], clip["original"], *gallery["original"].iloc[retrieval.nearest]]
    for column, picture in enumerate(pictures):
        true = column >= 2 and retrieval.nearest[column - 2] == own
        style.add_picture(
            figure, picture, left_mm=_left_mm(column), top_mm=top_mm, side_mm=_SIDE_MM,
            frame=style.GREEN if true else None,
        )  # fmt: skip
