"""Damage is seen before anything parses a file."""

import json
import random

import numpy as np
import pyarrow as pa
import pytest
from safetensors.numpy import save_file

from speech2face.base.checksums import BLANK, Damaged, check, seal
from speech2face.base.files import read_sealed, write_sealed, write_tensors
from speech2face.base.shards import array_field, read_shard, write_shard
from speech2face.base.weights import load_arrays, load_metadata, load_tensors

SCHEMA = pa.schema(
    [pa.field("clip_id", pa.string()), pa.field("split", pa.string()), array_field("audio", 8, pa.int16())]
)
ROWS = [{"clip_id": f"c{n}", "split": "train", "audio": np.arange(8)} for n in range(50)]


@pytest.fixture
def files(tmp_path):
    """One of each kind, and its reader."""
    write_shard(tmp_path / "index.arrow", SCHEMA, ROWS)
    write_tensors(tmp_path / "model.safetensors", {"a": np.arange(64.0)}, save_file, {"format": "2", "z": "1"})
    write_sealed(tmp_path / "config.json", {"preset": "small", "names": ["ä", "ß"]})
    return {
        tmp_path / "index.arrow": read_shard,
        tmp_path / "model.safetensors": load_tensors,
        tmp_path / "config.json": read_sealed,
    }


def test_what_was_written_is_read(files, tmp_path):
    for path, read in files.items():
        read(path)
    assert load_arrays(tmp_path / "model.safetensors")["a"].tolist() == list(range(64))
    assert load_metadata(tmp_path / "model.safetensors") == {"format": "2", "z": "1"}
    assert read_sealed(tmp_path / "config.json") == {"preset": "small", "names": ["ä", "ß"]}


def test_other_programs_read_the_formats_as_before(files, tmp_path):
    with pa.memory_map(str(tmp_path / "index.arrow")) as mapped:
        assert pa.ipc.open_file(mapped).read_all().num_rows == 50
    assert json.loads((tmp_path / "config.json").read_text())["preset"] == "small"


def test_every_flipped_bit_is_seen(files, soak):
    """Before there were checksums, 64 % of them were read from an index, 25 of 577 crashed, and a model took all."""
    rng = random.Random(1)
    with soak("flipped bits", small=600, full=10_000) as tally:
        for path, read in files.items():
            data = path.read_bytes()
            for _ in range(tally.count // len(files)):
                at, bit = rng.randrange(len(data)), rng.randrange(8)
                path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
                try:
                    read(path)
                except ValueError as error:
                    tally.check(path.name in str(error), f"{path.name}: {error}")
                else:
                    tally.check(False, f"bit {bit} of byte {at} of {path.name} was read")


def test_a_file_is_checked_once_and_again_when_it_was_written_anew(files, tmp_path, monkeypatch):
    path = tmp_path / "index.arrow"
    check(path)
    with monkeypatch.context() as patch:
        patch.setattr("speech2face.base.checksums._checksum", lambda data, digits: pytest.fail("checked twice"))
        read_shard(path)
    data = path.read_bytes()
    path.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
    with pytest.raises(Damaged, match="damaged"):
        check(path)


def test_a_file_of_an_earlier_version_is_refused_in_one_sentence(tmp_path):
    with pa.ipc.new_file(str(tmp_path / "old.arrow"), SCHEMA):
        pass
    (tmp_path / "empty.json").touch()
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match=r"old\.arrow has no checksum: it is damaged, or an earlier version"):
        read_shard(tmp_path / "old.arrow")
    with pytest.raises(ValueError, match=r"empty\.json is empty"):
        read_sealed(tmp_path / "empty.json")
    with pytest.raises(ValueError, match=r"config\.json has no checksum"):
        read_sealed(tmp_path / "config.json")


def test_a_text_like_a_checksum_among_the_data_is_not_taken_for_one(tmp_path):
    write_shard(tmp_path / "s.arrow", SCHEMA, [{"clip_id": BLANK, "split": BLANK, "audio": np.zeros(8)}])
    assert read_shard(tmp_path / "s.arrow").column("split").to_pylist() == [BLANK]


def test_only_a_file_with_room_for_it_can_be_sealed(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(Damaged):
        seal(tmp_path / "a.json")
