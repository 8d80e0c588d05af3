"""Writing again: the bytes of a file that never had more, whatever the rows, in flat memory."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.base.shards import array_field, read_shard, write_shard
from speech2face.consent.rewrite import rewrite_shard, rewrite_table, without

SCHEMA = pa.schema(
    [
        pa.field("clip_id", pa.string()),
        pa.field("speaker_id", pa.string()),
        array_field("embedding", 3, pa.float32()),
        pa.field("frames", pa.list_(pa.binary())),
        pa.field("found", pa.bool_()),
        pa.field("seconds", pa.float64()),
    ]
)


def rows(speakers):
    """Rows with values and without, which must not differ in what lies below a null."""
    for number, speaker in enumerate(speakers):
        yield {"clip_id": f"c{number}", "speaker_id": speaker} | (
            {}
            if number % 3 == 1
            else {"embedding": np.full(3, number, np.float32), "frames": [b"x" * number], "found": True, "seconds": 1.5}
        )


@given(st.lists(st.sampled_from(["ann", "bob", None]), max_size=90))
def test_the_bytes_are_those_of_a_shard_without_the_person(tmp_path_factory, speakers):
    folder = tmp_path_factory.mktemp("rewrite")
    everybody, others = folder / "a.arrow", folder / "b.arrow"
    all_rows = list(rows(speakers))
    write_shard(everybody, SCHEMA, all_rows)
    kept = [row for row in all_rows if row["speaker_id"] != "ann"]
    write_shard(others, SCHEMA, kept)
    assert rewrite_shard(everybody, everybody, without("ann", ())) == len(kept)
    assert everybody.read_bytes() == others.read_bytes()


def test_rows_without_speakers_go_by_their_clips(tmp_path):
    path = tmp_path / "a.arrow"
    write_shard(path, pa.schema([("clip_id", pa.string())]), [{"clip_id": name} for name in "abcd"])
    rewrite_shard(path, path, without("ann", {"b", "d", "z"}))
    assert read_shard(path).column("clip_id").to_pylist() == ["a", "c"]


def test_memory_does_not_grow_with_the_shard(tmp_path):
    """The peak of what Arrow allocates; the pages of the mapped file come on top, and are given back when wanted."""
    schema = pa.schema([pa.field("speaker_id", pa.string()), array_field("audio", 10_000, pa.int16())])
    whole, peaks = pa.default_memory_pool(), []
    for count in (64, 1024):
        path = tmp_path / f"{count}.arrow"
        many = ({"speaker_id": "ann" if row % 10 == 3 else "bob", "audio": np.full(10_000, 1)} for row in range(count))
        write_shard(path, schema, many)
        counted = pa.proxy_memory_pool(whole)
        pa.set_memory_pool(counted)
        try:
            rewrite_shard(path, path, without("ann", ()))
        finally:
            pa.set_memory_pool(whole)
        peaks.append(counted.max_memory())
    assert 10_000 * 2 * 32 < peaks[1] < 1.2 * peaks[0]


@pytest.mark.parametrize("cell", ["plain", 'with "quotes", and a comma', "two\nlines"])
def test_a_table_keeps_the_lines_of_others(tmp_path, cell):
    table = pd.DataFrame({"clip_id": ["a", "b", "c"], "speaker_id": ["ann", "bob", "ann"], "detail": [cell, cell, ""]})
    path, others = tmp_path / "a.csv", tmp_path / "b.csv"
    table.to_csv(path, index=False)
    table[table["speaker_id"] != "ann"].to_csv(others, index=False)
    # A clip's id may be another's in another list: where there is a speaker, the speaker counts.
    assert rewrite_table(path, "ann", {"a", "b", "c"}) == 2
    assert path.read_bytes() == others.read_bytes()
