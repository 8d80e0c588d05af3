"""The results of all folds of a cross-validation in one table: every clip once, from models not trained on it."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from speech2face.base.shards import iter_rows, read_shard, write_shard
from speech2face.data.splits.share import TEST


def gather_folds(*, tables: Sequence[Path], output: Path) -> None:
    """Put together tables of one kind, one a fold, in the order of clip ids.

    From an index only the test split of each fold is used; together these are all clips.

    Args:
        tables: one table a fold.
        output: table to write.

    Raises:
        ValueError: a clip is in two folds.
    """
    parts = []
    for path in tables:
        table = read_shard(path)
        parts.append(table.filter(pc.equal(table["split"], TEST)) if "split" in table.column_names else table)
    whole = pa.concat_tables(parts)
    order = pc.sort_indices(whole["clip_id"])
    names = whole["clip_id"].take(order)
    if len(pc.unique(names)) < len(names):
        raise ValueError(f"A clip is in more than one of {', '.join(map(str, tables))}; delete them and run again.")
    write_shard(output, whole.schema, iter_rows(whole.take(order)))
