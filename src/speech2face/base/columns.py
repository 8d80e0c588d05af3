"""Columns of the index's clips, gathered from the shards of a phase."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from speech2face.base.shards import ArrayColumn, read_shard

V = TypeVar("V")


class MappedColumn(Sequence[V]):
    """A column's value for each clip of an index, read from the memory-mapped shards on access.

    Args:
        index: clips, with their `shard` and `row`.
        folder: the phase's shards.
        read: from a shard and the column's name to an object that is indexed by row.
    """

    def __init__(
        self, index: pd.DataFrame, folder: Path, column: str, read: Callable[[pa.Table, str], Callable[[int], V]]
    ) -> None:
        names = sorted(index["shard"].unique())
        self._values = [read(read_shard(folder / f"{name}.arrow"), column) for name in names]
        self._shard = index["shard"].map({name: number for number, name in enumerate(names)}).to_numpy()
        self._row = index["row"].to_numpy()

    def __len__(self) -> int:
        return len(self._row)

    def __getitem__(self, clip: int) -> V:  # type: ignore[override]
        if not 0 <= clip < len(self):
            raise IndexError(f"clip {clip} of {len(self)}")
        return self._values[self._shard[clip]](int(self._row[clip]))


def mapped_arrays(index: pd.DataFrame, folder: Path, column: str) -> MappedColumn[np.ndarray]:
    """The fixed-size arrays of `column`, as views."""
    return MappedColumn(index, folder, column, lambda table, name: ArrayColumn(table, name).__getitem__)


def mapped_values(index: pd.DataFrame, folder: Path, column: str) -> MappedColumn[Any]:
    """The plain values of `column`: encoded pictures as bytes, numbers, None where there is none."""

    def read(table: pa.Table, name: str) -> Callable[[int], Any]:
        values = table.column(name)
        return lambda row: values[row].as_py()

    return MappedColumn(index, folder, column, read)


def gather_arrays(index: pd.DataFrame, folder: Path, column: str) -> np.ndarray:
    """The fixed-size arrays of `column` for each clip of `index`, stacked: [clips, length]."""
    return np.stack(mapped_arrays(index, folder, column))
