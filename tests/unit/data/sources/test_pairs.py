"""Pairs: recordings and pictures of the same names, with or without a table."""

import pytest

from speech2face.data.sources.pairs import fingerprint, list_clips
from tests.unit.data.sources.trees import pairs_tree, settings_of, touch


def rows(values):
    return list(list_clips(settings_of("pairs", values)))


def test_names_and_folders_say_which_clip_is_whose(tmp_path):
    found = {row["clip_id"]: row for row in rows(pairs_tree(tmp_path))}
    assert list(found) == ["p1/a", "p1/b", "p2/c", "p2/voice_only", "p3/face_only"]
    assert found["p1/b"] == {
        "clip_id": "p1/b",
        "video": str(tmp_path / "voice/p1/b.flac"),
        "picture": str(tmp_path / "face/p1/b.PNG"),
        "start_s": 0.0,
        "speaker_id": "p1",
        "origin": "own pairs",
        "licence": "not stated",
    }
    assert {name: row.get("detail") for name, row in found.items()} == {
        "p1/a": None,
        "p1/b": None,
        "p2/c": None,
        "p2/voice_only": "There is no face picture called p2/voice_only.",
        "p3/face_only": "There is no recording called p3/face_only.",
    }
    assert {row["reason"] for row in found.values() if "reason" in row} == {"missing"}


def test_without_folders_each_name_is_a_speaker(tmp_path):
    touch(tmp_path, ["voice/x.wav", "face/x.jpg"])
    assert [row["speaker_id"] for row in rows({"folder": str(tmp_path)})] == ["x"]


def test_the_table_says_which_clips_and_whose(tmp_path):
    values = pairs_tree(tmp_path)
    (tmp_path / "pairs.csv").write_text(
        "clip,speaker,start,sex,origin\np2/c,Cy,,f,a set\np1/a,,2.5,,\np1/a,,9,,\np1/z,,,,\n"
    )
    whole, first, second, gone = rows(values)
    assert (whole["clip_id"], whole["speaker_id"], whole["sex"]) == ("p2/c", "Cy", "female")
    assert (whole["origin"], first["origin"]) == ("a set", "own pairs")
    assert (first["clip_id"], first["start_s"], first["speaker_id"]) == ("p1/a#2.5", 2.5, "p1")
    assert (second["clip_id"], second["video"]) == ("p1/a#9", first["video"])
    assert (gone["reason"], gone["detail"]) == ("missing", "There is no recording called p1/z.")


def test_two_endings_of_one_name_are_named(tmp_path):
    values = pairs_tree(tmp_path)
    touch(tmp_path, ["face/p1/a.jpeg"])
    with pytest.raises(ValueError, match=r"a\.jpeg and .*a\.jpg differ in their endings alone; leave one of them\."):
        rows(values)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["face/a.jpg"], r"voice is not a folder; name the folder that holds voice/ and face/: PAIRS=DIR\."),
        (["voice/a.wav"], r"face is not a folder; name the folder that holds voice/ and face/: PAIRS=DIR\."),
        (["voice/a.wav", "face/a.gif"], r"face holds no file that ends in \.bmp, \.jpeg, \.jpg, \.png, \.webp\."),
    ],
)
def test_a_side_that_is_not_there_is_named(tmp_path, files, message):
    touch(tmp_path, files)
    for ask in (rows, lambda values: fingerprint(settings_of("pairs", values))):
        with pytest.raises(FileNotFoundError, match=message):
            ask({"folder": str(tmp_path)})


def test_no_folder_is_named():
    with pytest.raises(FileNotFoundError, match=r"PAIRS=DIR\."):
        rows({})
