"""Shards: what goes in comes out, rows are found in place, half a file is refused."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.base.shards import (
    ArrayColumn,
    ShardWriter,
    array_field,
    read_shard,
    remove_other_shards,
    shard_names,
    shard_of,
    write_shard,
)

SCHEMA = pa.schema(
    [
        pa.field("clip_id", pa.string()),
        array_field("audio", 4, pa.int16()),
        pa.field("frames", pa.list_(pa.binary())),
    ]
)


def rows(count):
    return [
        {"clip_id": f"c{i}", "audio": None if i % 5 == 3 else np.full(4, i, np.int16), "frames": [b"x" * i]}
        for i in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, 32, 71])
def test_rows_survive(tmp_path, count):
    write_shard(tmp_path / "s.arrow", SCHEMA, rows(count))
    table = read_shard(tmp_path / "s.arrow")
    assert table.column("clip_id").to_pylist() == [f"c{i}" for i in range(count)]
    assert table.column("frames").to_pylist() == [[b"x" * i] for i in range(count)]
    assert [v is None for v in table.column("audio").to_pylist()] == [i % 5 == 3 for i in range(count)]


def test_array_column_reads_every_row_across_batches(tmp_path):
    write_shard(tmp_path / "s.arrow", SCHEMA, rows(71))
    audio = ArrayColumn(read_shard(tmp_path / "s.arrow"), "audio")
    assert len(audio) == 71
    for i in (0, 31, 32, 70):
        assert audio[i].tolist() == [i] * 4
    with pytest.raises(IndexError):
        audio[71]


def test_failure_while_writing_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), ShardWriter(tmp_path / "s.arrow", SCHEMA) as writer:
        writer.append(rows(1)[0])
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_rows_that_fail_at_the_end_leave_nothing(tmp_path):
    """The last rows are turned into columns when the block ends; without them the file would look whole."""
    with pytest.raises(TypeError), ShardWriter(tmp_path / "s.arrow", SCHEMA, batch_rows=2) as writer:
        for row in (*rows(2), {"clip_id": "c2", "frames": [["no", "bytes"]]}):
            writer.append(row)
    assert not list(tmp_path.iterdir())


def test_cut_file_is_refused_by_name(tmp_path):
    path = tmp_path / "s.arrow"
    write_shard(path, SCHEMA, rows(40))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"s\.arrow is not a readable shard"):
        read_shard(path)


@given(st.text(min_size=1), st.integers(1, 500))
def test_shard_is_one_of_the_named(video, shards):
    assert shard_names(shards)[shard_of(video, shards)] == f"{shard_of(video, shards):0{len(shard_names(shards)[0])}d}"


def test_shard_does_not_change_between_versions():
    # crc32("123456789") is the check value of the polynomial.
    assert shard_of("123456789", 2**32) == 0xCBF43926


def test_shards_that_a_smaller_run_does_not_have_are_removed_and_nothing_else(tmp_path):
    kept = ["00.arrow", "01.arrow", "01.truth.arrow", "head_model.npz", "summary.json", "1x.arrow"]
    others = ["02.arrow", "02.truth.arrow", "11.tar"]
    for name in kept + others:
        (tmp_path / name).touch()
    # A folder of files that were fetched, one for each shard: dear, and no result.
    (tmp_path / "02").mkdir()
    assert remove_other_shards([tmp_path, tmp_path / "nowhere"], 2) == [tmp_path / name for name in others]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*kept, "02"])
    assert remove_other_shards([tmp_path], 2) == []
