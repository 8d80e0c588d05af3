"""The samples: one clip a recording, a speaker by video, and the authors' pictures by name."""

import pytest

from speech2face.data.sources.samples import FACES, VOICES, list_clips, published_picture
from tests.unit.data.sources.trees import samples_tree, settings_of, touch


@pytest.fixture
def settings(tmp_path):
    return settings_of("samples", samples_tree(tmp_path))


def test_a_clip_is_a_recording_with_its_true_face(settings, tmp_path):
    rows = {row["clip_id"]: row for row in list_clips(settings)}
    row = rows["avspeech_res/---ZOY1kzAc_231.2-234.4"]
    part = tmp_path / "figures" / "avspeech_res"
    assert row["video"] == str(part / "Wav" / "---ZOY1kzAc_231.2-234.4.wav")
    assert row["picture"] == str(part / "Face_ori" / "---ZOY1kzAc_231.2-234.4.jpg")
    assert row["licence"].startswith("not stated")


def test_two_stretches_of_a_video_are_one_speaker(settings):
    speakers = {row["clip_id"]: row["speaker_id"] for row in list_clips(settings)}
    assert speakers["avspeech_res/---ZOY1kzAc_231.2-234.4"] == speakers["avspeech_res/---ZOY1kzAc_9.0-14.0"]
    assert len(set(speakers.values())) == 2


def test_in_the_folder_of_voxceleb_the_videos_of_a_person_are_one_speaker(tmp_path):
    """The names begin alike for many people: a speaker is all of a name before the video."""
    people = {
        "0001First_Last": ["-_aaaaaaaaa_0000001", "bb_bbbbbb-b_0000012"],
        "0001First_Lamb": ["cccccccc_cc_0000001"],
    }
    names = [f"{person}_{clip}" for person, clips in people.items() for clip in clips]
    touch(tmp_path / "figures" / "voxceleb", [f"{VOICES}/{name}.wav" for name in names])
    touch(tmp_path / "figures" / "voxceleb", [f"{FACES}/{name}.jpg" for name in names])
    rows = list_clips(settings_of("samples", {"folder": str(tmp_path), "parts": ["figures/voxceleb"]}))
    speakers = {row["clip_id"]: row["speaker_id"] for row in rows}
    assert speakers == {f"voxceleb/{name}": person for person in people for name in names if name.startswith(person)}


def test_a_name_that_lacks_its_face_is_a_row_with_the_reason(settings):
    (row,) = (row for row in list_clips(settings) if row.get("reason"))
    assert (row["clip_id"], row["reason"]) == ("avspeech_res/aaaaaaaaaaa_0.0-3.0", "missing")
    assert "no true face called aaaaaaaaaaa_0.0-3.0" in row["detail"]


def test_the_authors_pictures_have_the_same_name(settings, tmp_path):
    path = published_picture(settings, "avspeech_res/a_0-1", "authors_s2f_07")
    assert path == tmp_path / "figures" / "avspeech_res" / "Face_exg0.7" / "a_0-1.jpg"


def test_a_folder_that_is_no_checkout_is_one_clear_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*Wav; name a checkout of https.*SAMPLES=DIR"):
        list(list_clips(settings_of("samples", {"folder": str(tmp_path)})))
