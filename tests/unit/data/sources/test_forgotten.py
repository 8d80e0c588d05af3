"""The list of forgotten speakers: it names nobody, is read strictly, and listing leaves out who is on it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.base.shards import read_shard
from speech2face.cli import main
from speech2face.data.sources.forgotten import add_forgotten, digest, read_forgotten, without_forgotten


def test_nobody_is_forgotten_where_there_is_no_list(tmp_path):
    assert read_forgotten(tmp_path / "forgotten.txt") == frozenset()


def test_the_list_holds_digests_alone_each_once_in_their_order(tmp_path):
    path = tmp_path / "forgotten.txt"
    for speaker in ("id10270", "Zoë", "id10270"):
        add_forgotten(path, speaker)
    # The first is the digest that `printf id10270 | sha256sum` gives.
    assert path.read_text().splitlines() == sorted(
        ["c7c5cd0ee315b0e3a39706e1e483f74bae1a657c56a7c4dc1b5155ed7a9d23f3", digest("Zoë")]
    )


@pytest.mark.parametrize("line", ["id10270", "", "0" * 63, "G" * 64])
def test_a_list_that_is_damaged_is_refused_with_its_line(tmp_path, line):
    path = tmp_path / "forgotten.txt"
    add_forgotten(path, "a")
    path.write_text(f"{path.read_text()}{line}\n")
    with pytest.raises(ValueError, match=r"forgotten\.txt, line 2 is not the SHA-256 of a speaker"):
        read_forgotten(path)


@given(st.lists(st.sampled_from("abcdef"), max_size=20), st.sets(st.sampled_from("abcdef")))
def test_rows_of_others_stay_in_their_order(tmp_path_factory, speakers, forgotten):
    path = tmp_path_factory.mktemp("list") / "forgotten.txt"
    for speaker in forgotten:
        add_forgotten(path, speaker)
    rows = [{"speaker_id": speaker, "row": row} for row, speaker in enumerate(speakers)]
    assert list(without_forgotten(rows, path)) == [row for row in rows if row["speaker_id"] not in forgotten]


def test_listing_leaves_the_speaker_out(tmp_path):
    videos = tmp_path / "videos"
    videos.mkdir()
    for name in ("ann.mp4", "bob.mp4", "cyd.mp4"):
        (videos / name).touch()
    add_forgotten(tmp_path / "forgotten.txt", "bob.mp4")
    settings = json.dumps({"videos": str(videos), "table": "", "origin": "o", "licence": "l"})
    command = ["list-source", "--source", "folder", "--settings", settings, "--shards", "1"]
    assert main([*command, "--forgotten", str(tmp_path / "forgotten.txt"), "--folder", str(tmp_path / "out")]) == 0
    assert read_shard(tmp_path / "out" / "00.arrow").column("speaker_id").to_pylist() == ["ann.mp4", "cyd.mp4"]
