"""The pictures of the paper's authors beside this run's, of the same people: from the face, and from the voice."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from speech2face.base.shards import read_shard
from speech2face.evaluation.figures import triplets

ROWS = {
    "original": "true face",
    "authors_f2f": "authors' F2F",
    "f2f": "this run's F2F",
    "authors_s2f_07": "authors' S2F\n(factor 0.7)",
    "s2f": "this run's S2F",
}
"""Columns of `beside`, top to bottom, and the label of each row."""


def beside(reconstructions: pd.DataFrame, published: Sequence[Path]) -> pd.DataFrame:
    """The reconstructions of all clips that have every picture of `ROWS`, with the authors' pictures as columns.

    Raises:
        ValueError: no clip has them all.
    """
    columns = ["clip_id", *(name for name in ROWS if name not in reconstructions)]
    others = pd.concat([read_shard(path).select(columns).to_pandas() for path in published], ignore_index=True)
    complete = reconstructions.merge(others, on="clip_id").dropna(subset=list(ROWS)).reset_index(drop=True)
    if complete.empty:
        raise ValueError("No test clip has all pictures of the authors; see the status table of the splits.")
    return complete


def draw(reconstructions: pd.DataFrame, *, count: int) -> Figure:
    """A column of five pictures for each of `count` test speakers.

    Args:
        reconstructions: as `beside` gives them.
    """
    return triplets.draw(reconstructions, count=count, rows=ROWS)
