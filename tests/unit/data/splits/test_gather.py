"""Gathering the folds of a cross-validation."""

import numpy as np
import pyarrow as pa
import pytest

from speech2face.base.shards import array_field, read_shard, write_shard
from speech2face.data.splits.gather import gather_folds
from speech2face.data.splits.share import read_index
from tests.unit.data.splits.test_share import FOLDED, run, shard_files

ANSWERS = pa.schema([pa.field("clip_id", pa.string()), array_field("s2f", 2, pa.float32())])


def test_the_index_of_all_folds_has_every_clip_once_and_says_where_it_lies(tmp_path):
    shard_files(tmp_path, "00", [(f"c{i:02d}", f"s{i // 2}", {}) for i in range(24)])
    parts = [f"{fold}.arrow" for fold in range(4)]
    for fold, name in enumerate(parts):
        run(tmp_path, ["00"], FOLDED, fold, name)
    gather_folds(tables=[tmp_path / name for name in parts], output=tmp_path / "all.arrow")
    index = read_index(tmp_path / "all.arrow")
    assert index["clip_id"].tolist() == [f"c{i:02d}" for i in range(24)]
    assert index["row"].tolist() == list(range(24))
    assert set(index["split"]) == {"test"}


def test_arrays_and_missing_values_stay_what_they_are(tmp_path):
    write_shard(tmp_path / "0", ANSWERS, [{"clip_id": "b", "s2f": np.float32([1, 2])}, {"clip_id": "d"}])
    write_shard(tmp_path / "1", ANSWERS, [{"clip_id": "a", "s2f": np.float32([3, 4])}])
    gather_folds(tables=[tmp_path / "0", tmp_path / "1"], output=tmp_path / "all")
    assert read_shard(tmp_path / "all").to_pydict() == {"clip_id": ["a", "b", "d"], "s2f": [[3, 4], [1, 2], None]}


def test_a_clip_in_two_folds_is_an_error_that_names_the_files(tmp_path):
    for name in ("0", "1"):
        write_shard(tmp_path / name, ANSWERS, [{"clip_id": "a"}])
    with pytest.raises(ValueError, match=r"in more than one of .*0, .*1; delete them"):
        gather_folds(tables=[tmp_path / "0", tmp_path / "1"], output=tmp_path / "all")
    assert not (tmp_path / "all").exists()
