"""Shards: self-describing Arrow IPC files that are written atomically and read through memory maps.

Each has a checksum in its footer (`base.checksums`), which is compared before Arrow parses the file.

A shard is one file of one phase; a row is one clip. Large arrays are fixed-size lists, so that a row can be
read without reading the rest.
"""

import contextlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa

from speech2face.base.checksums import BLANK, check, seal
from speech2face.base.files import atomic_path


def shard_of(video_id: str, shards: int) -> int:
    """The shard that holds all clips of `video_id`: crc32 modulo the fixed number of shards.

    >>> shard_of("t00001", 6)
    0
    """
    return zlib.crc32(video_id.encode()) % shards


def shard_names(shards: int) -> list[str]:
    """The file stems of all shards, zero-padded so that they sort.

    >>> shard_names(3)
    ['00', '01', '02']
    """
    width = max(2, len(str(shards - 1)))
    return [f"{number:0{width}d}" for number in range(shards)]


def remove_other_shards(folders: Iterable[Path], shards: int) -> list[Path]:
    """Delete files `<shard>.*` of shards that no longer exist from `folders`, and return their paths.

    An earlier run with more shards left them; no rule reads them, but they look like results.
    """
    known = set(shard_names(shards))
    others = [
        path
        for folder in folders
        for path in sorted(folder.glob("*"))
        if path.is_file() and (stem := path.name.partition(".")[0]).isdecimal() and stem not in known
    ]
    for path in others:
        path.unlink()
    return others


def array_field(name: str, length: int, dtype: pa.DataType) -> pa.Field:
    """A nullable column of arrays of `length` numbers."""
    return pa.field(name, pa.list_(dtype, length))


@contextlib.contextmanager
def new_shard(path: Path, schema: pa.Schema) -> Iterator[pa.ipc.RecordBatchFileWriter]:
    """Yield Arrow's writer of a shard; after the block the file has its checksum.

    Args:
        path: named like a shard; the temporary path of `atomic_path`.
    """
    with pa.ipc.new_file(str(path), schema, metadata={"checksum": BLANK}) as writer:
        yield writer
    seal(path)


class ShardWriter:
    """Write rows to a shard, a batch at a time, so that memory does not grow with the shard.

    Used as a context manager: the file appears under its final name only when the block ends well.
    Rows are mappings of plain values, bytes and one-dimensional NumPy arrays.
    """

    def __init__(self, path: Path, schema: pa.Schema, batch_rows: int = 32) -> None:
        self._path = path
        self._schema = schema
        self._batch_rows = batch_rows
        self._rows: list[Mapping[str, Any]] = []
        self._writer: pa.ipc.RecordBatchFileWriter
        self._opened: contextlib.ExitStack

    def __enter__(self) -> "ShardWriter":
        with contextlib.ExitStack() as stack:
            temporary = stack.enter_context(atomic_path(self._path))
            self._writer = stack.enter_context(new_shard(temporary, self._schema))
            # First the remaining rows, then the end of the file, then the rename: an error stops before the next step.
            stack.push(self._finish)
            self._opened = stack.pop_all()
        return self

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one row; columns that it leaves out are null."""
        self._rows.append(row)
        if len(self._rows) >= self._batch_rows:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            columns = [_column([row.get(f.name) for row in self._rows], f) for f in self._schema]
            self._writer.write_batch(pa.record_batch(columns, schema=self._schema))
            self._rows = []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def _finish(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()


def _column(values: Sequence[Any], field: pa.Field) -> pa.Array:
    if pa.types.is_fixed_size_list(field.type):
        size, dtype = field.type.list_size, field.type.value_type.to_pandas_dtype()
        stacked = np.zeros((len(values), size), dtype)
        for row, value in enumerate(values):
            if value is not None:
                stacked[row] = value
        missing = np.array([value is None for value in values])
        return pa.FixedSizeListArray.from_arrays(pa.array(stacked.reshape(-1)), type=field.type, mask=pa.array(missing))
    return pa.array(values, type=field.type)


def write_shard(path: Path, schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write `rows` as one shard."""
    with ShardWriter(path, schema) as writer:
        for row in rows:
            writer.append(row)


def read_shard(path: Path) -> pa.Table:
    """The shard at `path` as a table over a memory map: columns are read from the disk on access.

    Raises:
        ValueError: the file is not a complete shard, or is damaged.
    """
    return open_shard(path).read_all()


def open_shard(path: Path) -> pa.ipc.RecordBatchFileReader:
    """Arrow's reader of the shard at `path`, over a memory map.

    Raises:
        ValueError: as `read_shard`.
    """
    try:
        check(path)
        return pa.ipc.open_file(pa.memory_map(str(path)))
    except (ValueError, OSError) as error:
        raise ValueError(f"{path} is not a readable shard ({error}); delete it and run the workflow again.") from error


def iter_rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows of a table as dictionaries, one batch in memory at a time."""
    for batch in table.to_batches():
        yield from batch.to_pylist()


class ArrayColumn(Sequence[np.ndarray]):
    """A fixed-size-list column as rows of NumPy views; rows are read when they are indexed, without a copy.

    >>> audio = ArrayColumn(read_shard(Path("results/clips/00.arrow")), "audio")   # doctest: +SKIP
    >>> audio[3].shape                                                              # doctest: +SKIP
    (96000,)
    """

    def __init__(self, table: pa.Table, name: str) -> None:
        self._chunks = []
        for chunk in table.column(name).chunks:
            size = chunk.type.list_size
            values = chunk.values.to_numpy(zero_copy_only=True)[chunk.offset * size :]
            self._chunks.append(values[: len(chunk) * size].reshape(len(chunk), size))
        self._ends = np.cumsum([len(chunk) for chunk in self._chunks])

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, row: int) -> np.ndarray:  # type: ignore[override]
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of a column of {len(self)}")
        chunk = int(np.searchsorted(self._ends, row, side="right"))
        start = 0 if chunk == 0 else int(self._ends[chunk - 1])
        return self._chunks[chunk][row - start]
