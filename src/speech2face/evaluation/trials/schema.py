"""The table of a trial: the face embedding that a voice gives under each of several conditions."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from speech2face.base.shards import array_field, read_shard, write_shard
from speech2face.data.sources.manifest import ABOUT_FIELDS


def schema(dimension: int) -> pa.Schema:
    """One row a clip and condition."""
    return pa.schema(
        [
            pa.field("clip_id", pa.string(), nullable=False),
            pa.field("speaker_id", pa.string(), nullable=False),
            *ABOUT_FIELDS,
            pa.field("condition", pa.string(), nullable=False, metadata={"meaning": "seconds, moment, language, run"}),
            array_field("face_embedding", dimension, pa.float32()),
            array_field("voice_embedding", dimension, pa.float32()),
        ]
    )


def write_trial(path: Path, dimension: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a trial's rows as one shard."""
    write_shard(path, schema(dimension), rows)


def read_trial(path: Path) -> pd.DataFrame:
    """A trial's rows; `face_embedding` and `voice_embedding` hold arrays."""
    return read_shard(path).to_pandas()
