"""Looking for names: whole words in any file, ids of rows exactly, and no alarm for what only looks alike."""

import json
import tarfile

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.base.shards import write_shard
from speech2face.consent.search import files_naming, telling


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("speaker id10270 was seen", True),
        ("id10270", True),
        ("path/id10270/a.wav", True),
        ("id10270#3.5", True),
        ("id102701", False),
        ("xid10270", False),
        ("id10270_2", False),
        ("éid10270", False),
        ("id1027", False),
        ("id102701 id10270", True),
        ("", False),
    ],
)
@pytest.mark.parametrize("name", ["a.log", "a.png", "a.csv", "a"])
def test_a_word_is_found_where_it_stands_alone(tmp_path, name, text, found):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert files_naming([path], ["id10270"]) == ([path] if found else [])


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_no_bytes_around_a_word_hide_it(tmp_path_factory, before, after):
    path = tmp_path_factory.mktemp("search") / "a.bin"
    path.write_bytes(before + b"\0id10270\n" + after)
    assert files_naming([path], ["id10270"]) == [path]


def test_json_with_escaped_letters_names_a_person(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"text": "Zoë Šimek.mp4"}))
    assert b"\\u00eb" in path.read_bytes()
    assert files_naming([path], ["Zoë Šimek.mp4"]) == [path]


def test_what_may_be_anywhere_by_chance_counts_as_an_id_alone(tmp_path):
    assert telling(["s1", "1001", "100001", "id10270", "1001_DFA"]) == ["1001_DFA", "id10270"]
    log, table, shard = (tmp_path / name for name in ("a.log", "a.csv", "a.arrow"))
    log.write_text("Epoch 1001 of s1")
    table.write_text("clip_id,n\nx,1001\n")
    write_shard(shard, pa.schema([("speaker_id", pa.string()), ("shard", pa.string())]), [{"shard": "1001"}])
    assert files_naming([log, table, shard], ["1001", "s1"]) == []
    table.write_text("clip_id,n\n1001,5\n")
    write_shard(shard, pa.schema([("speaker_id", pa.string())]), [{"speaker_id": "s1"}])
    assert files_naming([log, table, shard], ["1001", "s1"]) == [table, shard]


def test_every_text_of_a_shard_and_every_name_in_an_archive_is_looked_at(tmp_path):
    schema = pa.schema([("clip_id", pa.string()), ("detail", pa.string())])
    shard, archive = tmp_path / "a.arrow", tmp_path / "a.tar"
    write_shard(
        shard, schema, [{"clip_id": "x", "detail": None}, {"clip_id": "y", "detail": "There is no id10270.wav."}]
    )
    (tmp_path / "id10270.mp4").touch()
    with tarfile.open(archive, "w") as tar:
        tar.add(tmp_path / "id10270.mp4", "clips/id10270.mp4")
    assert files_naming([shard, archive], ["id10270"]) == [shard, archive]
    assert files_naming([shard, archive], ["id10271", "x1"]) == []
