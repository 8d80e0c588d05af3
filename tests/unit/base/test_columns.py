"""Columns of the index's clips: each clip's own value, read when asked for."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from speech2face.base.columns import gather_arrays, mapped_arrays, mapped_values
from speech2face.base.shards import array_field, write_shard

SCHEMA = pa.schema([array_field("audio", 3, pa.int16()), pa.field("crop", pa.binary())])


@pytest.fixture
def folder(tmp_path):
    for shard in (0, 1):
        rows = [{"audio": np.full(3, 10 * shard + row, np.int16), "crop": b"%d%d" % (shard, row)} for row in range(4)]
        write_shard(tmp_path / f"0{shard}.arrow", SCHEMA, rows)
    return tmp_path


INDEX = pd.DataFrame({"shard": ["01", "00", "01"], "row": [2, 3, 0]}, index=[7, 8, 9])


def test_values_come_in_the_order_of_the_index(folder):
    np.testing.assert_array_equal(gather_arrays(INDEX, folder, "audio")[:, 0], [12, 3, 10])
    assert list(mapped_values(INDEX, folder, "crop")) == [b"12", b"03", b"10"]


def test_arrays_are_views_of_the_file_and_not_copies(folder):
    arrays = mapped_arrays(INDEX, folder, "audio")
    assert len(arrays) == 3
    assert not arrays[1].flags.owndata
    assert not arrays[1].flags.writeable
    with pytest.raises(IndexError, match="clip 3 of 3"):
        arrays[3]
