"""CREMA-D: the actor is in the name of a video, and what is known of actors is in a table."""

import pytest

from speech2face.data.sources.crema_d import fingerprint, list_clips
from tests.unit.data.sources.trees import crema_d_tree, settings_of, touch


def rows(values):
    return {row["clip_id"]: row for row in list_clips(settings_of("crema-d", values))}


def test_a_clip_is_a_video_with_the_labels_of_its_actor(tmp_path):
    assert rows(crema_d_tree(tmp_path))["1001_DFA_ANG_XX"] == {
        "clip_id": "1001_DFA_ANG_XX",
        "video": str(tmp_path / "VideoFlash/1001_DFA_ANG_XX.flv"),
        "start_s": 0.0,
        "speaker_id": "1001",
        "sex": "male",
        "age": 51.0,
        "ethnicity": "caucasian",
        "language": "en",
        "origin": "CREMA-D",
        "licence": "ODbL 1.0, contents DbCL 1.0",
    }


def test_who_is_hispanic_is_so_whatever_the_race(tmp_path):
    found = rows(crema_d_tree(tmp_path))
    assert found["1047_DFA_ANG_XX"]["ethnicity"] == found["1073_DFA_ANG_XX"]["ethnicity"] == "hispanic"


def test_an_actor_without_metadata_has_no_labels_and_one_without_clips_no_row(tmp_path):
    found = rows(crema_d_tree(tmp_path))
    assert not {"sex", "age", "ethnicity"} & found["1002_DFA_ANG_XX"].keys()
    assert "1019" not in {row["speaker_id"] for row in found.values()}


def test_a_clip_that_the_table_alone_names_is_missing(tmp_path):
    found = rows(crema_d_tree(tmp_path))
    assert [name for name, row in found.items() if "reason" in row] == ["1002_WSI_DIS_XX"]
    gone = found["1002_WSI_DIS_XX"]
    assert (gone["reason"], gone["detail"]) == ("missing", "There is no video VideoFlash/1002_WSI_DIS_XX.flv.")


def test_the_table_of_clips_may_be_missing(tmp_path):
    values = crema_d_tree(tmp_path)
    (tmp_path / "SentenceFilenames.csv").unlink()
    assert not any("reason" in row for row in rows(values).values())


def test_videos_may_have_been_converted(tmp_path):
    values = crema_d_tree(tmp_path)
    (tmp_path / "VideoFlash/1001_DFA_ANG_XX.flv").rename(tmp_path / "VideoFlash/1001_DFA_ANG_XX.mp4")
    assert rows(values)["1001_DFA_ANG_XX"]["video"].endswith("1001_DFA_ANG_XX.mp4")
    touch(tmp_path, ["VideoFlash/1001_DFA_ANG_XX.flv"])
    with pytest.raises(ValueError, match="differ in their endings alone"):
        rows(values)


@pytest.mark.parametrize(
    ("table", "text", "message"),
    [
        ("VideoDemographics.csv", "ActorID,Age,Sex,Race\n1001,4,Male,Asian\n", "has no column 'Ethnicity'."),
        (
            "VideoDemographics.csv",
            "ActorID,Age,Sex,Race,Ethnicity\n1001,4,Male,Blue,Hispanic\n",
            "line 2, column Race: 'Blue' is not a ethnicity",
        ),
        (
            "VideoDemographics.csv",
            "ActorID,Age,Sex,Race,Ethnicity\n1001,4,Male,Asian,Perhaps\n",
            "line 2, column Ethnicity: 'Perhaps' is neither 'Hispanic' nor 'Not Hispanic'.",
        ),
        ("SentenceFilenames.csv", "Number,Name\n1,1001_DFA_ANG_XX\n", "has no column 'Filename'."),
    ],
)
def test_a_table_that_is_not_as_published_is_named(tmp_path, table, text, message):
    values = crema_d_tree(tmp_path)
    (tmp_path / table).write_text(text)
    with pytest.raises(ValueError) as caught:
        rows(values)
    assert table in str(caught.value)
    assert message in str(caught.value)


def test_what_is_not_there_is_named(tmp_path):
    values = crema_d_tree(tmp_path)
    (tmp_path / "VideoDemographics.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"There is no table .*VideoDemographics\.csv\."):
        rows(values)
    for ask in (rows, lambda values: fingerprint(settings_of("crema-d", values))):
        for folder in ("", str(tmp_path / "AudioWAV")):
            with pytest.raises(FileNotFoundError, match=r"name the folder that holds VideoFlash/ in crema_d\.folder\."):
                ask({"folder": folder})
