"""Own videos: every file is a clip, or every line of the table."""

import pytest

from speech2face.data.sources.folder import fingerprint, list_clips
from tests.unit.data.sources.trees import folder_tree, settings_of, table_tree, touch


def rows(values):
    return list(list_clips(settings_of("folder", values)))


def test_every_file_is_a_clip_of_a_speaker_of_its_own(tmp_path):
    assert rows(folder_tree(tmp_path)) == [
        {
            "clip_id": name,
            "video": str(tmp_path / name),
            "start_s": 0.0,
            "speaker_id": name,
            "origin": "own videos",
            "licence": "not stated",
        }
        for name in ("a.mov", "b.mp4")
    ]


def test_every_line_of_the_table_is_a_clip(tmp_path):
    first, second, below, gone = rows(table_tree(tmp_path))
    assert first == {
        "clip_id": "b.mp4#1.5",
        "video": str(tmp_path / "videos" / "b.mp4"),
        "start_s": 1.5,
        "end_s": 4.0,
        "face_x": 0.25,
        "face_y": 0.5,
        "speaker_id": "Ann",
        "sex": "female",
        "age": 41.0,
        "ethnicity": "caucasian",
        "language": "en",
        "nationality": "UK",
        "origin": "own videos",
        "licence": "CC0",
    }
    assert second["clip_id"] == "b.mp4#12"
    assert (second["speaker_id"], second["sex"], second["licence"]) == ("Bob", "male", "not stated")
    assert not {"end_s", "face_x", "age", "ethnicity"} & second.keys()
    assert (below["clip_id"], below["start_s"], below["speaker_id"]) == ("below/c.mp4", 0.0, "below/c.mp4")
    assert (gone["reason"], gone["detail"]) == ("missing", "There is no file gone.mp4.")
    assert all("reason" not in row for row in (first, second, below))


def test_starts_that_are_nearly_the_same_are_two_clips(tmp_path):
    values = table_tree(tmp_path)
    (tmp_path / "clips.csv").write_text("clip,start\nb.mp4,1234.567\nb.mp4,1234.568\n")
    assert [row["clip_id"] for row in rows(values)] == ["b.mp4#1234.567", "b.mp4#1234.568"]


@pytest.mark.parametrize("values", [{"videos": ""}, {"videos": "nowhere"}, {"videos": "nowhere", "table": "t.csv"}])
def test_a_folder_that_is_not_there_is_named(values):
    for ask in (rows, lambda values: fingerprint(settings_of("folder", values))):
        with pytest.raises(FileNotFoundError, match=r"is not a folder; name the folder of your videos: VIDEOS=DIR\."):
            ask(values)


def test_an_empty_folder_is_named(tmp_path):
    touch(tmp_path, [".hidden", "below/a.mp4"])
    with pytest.raises(FileNotFoundError, match=r"holds no file; put videos into it"):
        rows({"videos": str(tmp_path)})


def test_a_table_that_is_not_there_is_named(tmp_path):
    values = table_tree(tmp_path) | {"table": str(tmp_path / "none.csv")}
    for ask in (rows, lambda values: fingerprint(settings_of("folder", values))):
        with pytest.raises(FileNotFoundError, match=r"There is no table .*none\.csv\."):
            ask(values)
