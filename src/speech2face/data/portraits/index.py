"""The index of usable portraits: which shard and row, and which split."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from speech2face.base.files import atomic_path
from speech2face.base.shards import iter_rows, read_shard, write_shard
from speech2face.config import Portraits, Splits
from speech2face.data.sources.manifest import ABOUT
from speech2face.data.splits.share import INDEX, NothingLeftError, read_index, share_speakers


def index_portraits(
    *,
    folder: Path,
    shards: Sequence[str],
    clips: Path,
    settings: Portraits,
    seed: int,
    index: Path,
    status: Path,
) -> None:
    """Write the index of good portraits with their splits, and the status table of all portraits.

    A person who is in the run's clips has the split of these, so that no portrait of a test speaker trains anything.
    The others calibrate or train.

    Args:
        folder: holds the shards.
        shards: their names.
        clips: index of the run's clips.
        settings: config section `portraits`.
        seed: of the order of the people.
        index: table of the good portraits to write.
        status: table of all portraits to write (CSV).

    Raises:
        NothingLeftError: no portrait is good; the status table is written all the same.
    """
    columns = ["clip_id", "speaker_id", "status", "reason", "detail"]
    parts = []
    for shard in shards:
        table = read_shard(folder / f"{shard}.arrow").select([*columns, *ABOUT]).to_pandas()
        parts.append(table.assign(shard=shard, row=range(len(table))))
    every = pd.concat(parts, ignore_index=True).sort_values("clip_id", ignore_index=True)
    with atomic_path(status) as temporary:
        every[columns].to_csv(temporary, index=False)
    good = every[every["status"] == "ok"]
    if good.empty:
        counts = ", ".join(f"{reason}: {count}" for reason, count in every["reason"].value_counts().items())
        raise NothingLeftError(f"None of {len(every)} portraits can be used ({counts}); {status} says why of each.")
    known = read_index(clips)
    split = dict(zip(known["speaker_id"], known["split"], strict=True))
    others = sorted(set(good["speaker_id"]) - split.keys())
    split |= share_speakers(others, seed, Splits(validation=settings.validation, calibration=0.0, test=0.0, folds=None))
    table = pa.Table.from_pandas(good.assign(split=good["speaker_id"].map(split)), INDEX, preserve_index=False)
    write_shard(index, table.schema, iter_rows(table))
