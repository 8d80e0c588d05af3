"""Rewrite files of a run without a speaker, atomically and with their former modification times.

A file newer than what was made from it would make the workflow train every model again. Memory holds one batch of
rows, or one member of an archive, at a time.
"""

import contextlib
import csv
import shutil
import tarfile
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from speech2face.base.files import atomic_path
from speech2face.base.shards import new_shard, open_shard, read_shard

CLIP, SPEAKER = "clip_id", "speaker_id"
Change = Callable[[pa.RecordBatch], pa.RecordBatch]


@contextlib.contextmanager
def same_age(source: Path, target: Path) -> Iterator[Path]:
    """Yield the path of what will be `target`, with the mode and the times of `source`."""
    with atomic_path(target) as temporary:
        yield temporary
        shutil.copystat(source, temporary)


def belongs(batch: pa.RecordBatch | pa.Table, speaker: str, clips: Collection[str]) -> pa.Array:
    """Mask of the speaker's rows: by the column of speakers or, without one, by that of clips."""
    if SPEAKER in batch.schema.names:
        return pc.fill_null(pc.equal(batch.column(SPEAKER), speaker), False)
    return pc.is_in(batch.column(CLIP), value_set=pa.array(sorted(clips), pa.string()))


def without(speaker: str, clips: Collection[str]) -> Change:
    """The change that drops a speaker's rows."""
    return lambda batch: batch.filter(pc.invert(belongs(batch, speaker, clips)))


def renumbered(shards: Path) -> Change:
    """The change that sets each row number of an index to the current row of its clip in `shards`.

    Rows are found by clip id rather than by counting dropped rows, so that an interrupted removal can be resumed.
    """

    def change(batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = batch.column("row").to_numpy().copy()
        names = batch.column("shard").to_pandas()
        for shard, positions in names.groupby(names).indices.items():
            path = shards / f"{shard}.arrow"
            ids = read_shard(path).column(CLIP).combine_chunks()
            found = pc.index_in(batch.column(CLIP).take(pa.array(positions)), value_set=ids)
            if found.null_count:
                raise RuntimeError(f"{path} lacks a clip that the index names; delete the index and run the workflow.")
            rows[positions] = found.to_numpy()
        return batch.set_column(batch.schema.get_field_index("row"), batch.schema.field("row"), pa.array(rows))

    return change


def rewrite_shard(source: Path, target: Path, *changes: Change) -> int:
    """Write the changed rows of `source`; the bytes are those of a shard written with these rows only.

    Returns:
        The number of rows left.
    """
    reader = open_shard(source)
    size = reader.get_batch(0).num_rows if reader.num_record_batches else 1
    left = 0
    with same_age(source, target) as temporary, new_shard(temporary, reader.schema) as writer:
        for batch in _batches(_changed(reader, changes), size):
            writer.write_batch(batch)
            left += batch.num_rows
    return left


def _changed(reader: pa.ipc.RecordBatchFileReader, changes: Iterable[Change]) -> Iterator[pa.RecordBatch]:
    for number in range(reader.num_record_batches):
        batch = reader.get_batch(number)
        for change in changes:
            batch = change(batch)
        yield batch


def _batches(batches: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of `size`; copies, because Arrow writes more than the slice of a sliced array."""
    waiting: pa.RecordBatch | None = None
    for batch in batches:
        waiting = batch if waiting is None else pa.concat_batches([waiting, batch])
        while waiting.num_rows >= size:
            yield waiting.take(pa.array(range(size)))
            waiting = waiting.take(pa.array(range(size, waiting.num_rows), pa.int64()))
    if waiting is not None and waiting.num_rows:
        yield waiting


def rewrite_archive(path: Path, members: Collection[str]) -> int:
    """Rewrite a tar file without some members; returns how many were removed."""
    dropped = 0
    with (
        same_age(path, path) as temporary,
        tarfile.open(path) as source,
        tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as target,
    ):
        for member in source:
            if member.name in members:
                dropped += 1
            else:
                target.addfile(member, source.extractfile(member))
    return dropped


def rewrite_table(path: Path, speaker: str, clips: Collection[str]) -> int:
    """Rewrite a CSV table with a column of clips or speakers without a speaker; returns how many lines were dropped."""
    dropped = 0
    with (
        path.open(encoding="utf-8", newline="") as source,
        same_age(path, path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as target,
    ):
        lines, writer = csv.reader(source), csv.writer(target, lineterminator="\n")
        head = next(lines, [])
        writer.writerow(head)
        for words in lines:
            cells = dict(zip(head, words, strict=False))
            if cells[SPEAKER] == speaker if SPEAKER in cells else cells.get(CLIP) in clips:
                dropped += 1
            else:
                writer.writerow(words)
    return dropped
