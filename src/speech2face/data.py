"""Columns of the index's clips, gathered from the shards of a phase."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from speech2face.shards import ArrayColumn, read_shard


def gather_arrays(index: pd.DataFrame, folder: Path, column: str) -> np.ndarray:
    """The fixed-size arrays of `column` for each clip of `index`, stacked: [clips, length]."""
    rows: list[np.ndarray | None] = [None] * len(index)
    for shard, places in _by_shard(index):
        values = ArrayColumn(read_shard(folder / f"{shard}.arrow"), column)
        for place, row in places:
            rows[place] = values[row]
    return np.stack(rows)  # type: ignore[arg-type]


def gather_values(
    index: pd.DataFrame, folder: Path, column: str, convert: Callable[[Any], Any] = lambda value: value
) -> list[Any]:
    """The plain values of `column` for each clip of `index`, each passed through `convert`."""
    found: list[Any] = [None] * len(index)
    for shard, places in _by_shard(index):
        values = read_shard(folder / f"{shard}.arrow").column(column)
        for place, row in places:
            found[place] = convert(values[row].as_py())
    return found


def _by_shard(index: pd.DataFrame) -> list[tuple[str, list[tuple[int, int]]]]:
    numbered = index.assign(place=range(len(index)))
    return [
        (str(shard), list(zip(part["place"], part["row"], strict=True))) for shard, part in numbered.groupby("shard")
    ]
