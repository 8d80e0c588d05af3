"""VoxCeleb: face tracks with their sound, or sound with pictures by name; labels of both, and ages."""

import tracemalloc

import pytest

from speech2face.data.sources.voxceleb import fingerprint, list_clips
from tests.unit.data.sources.trees import VOX2_META, settings_of, touch, voxceleb1_tree, voxceleb2_tree


def rows(values):
    return list(list_clips(settings_of("voxceleb", values)))


def by_id(values):
    return {row["clip_id"]: row for row in rows(values)}


def test_a_face_track(tmp_path):
    assert by_id(voxceleb2_tree(tmp_path))["id00012/bbbbbbbbbbb#00001"] == {
        "clip_id": "id00012/bbbbbbbbbbb#00001",
        "video": str(tmp_path / "dev/mp4/id00012/bbbbbbbbbbb/00001.mp4"),
        "start_s": 0.0,
        "speaker_id": "id00012",
        "sex": "male",
        "age": 70.0,
        "origin": "VoxCeleb",
        "licence": "CC BY 4.0; the footage belongs to its owners",
    }


def test_order_and_what_is_missing(tmp_path):
    found = by_id(voxceleb2_tree(tmp_path))
    assert list(found) == [
        "id00012/-aaaaaaaaaa#00011",
        "id00012/bbbbbbbbbbb#00001",
        "id00012/bbbbbbbbbbb#00002",
        "id00012/bbbbbbbbbbb#00003",
        "id00099/ccccccccccc#00001",
    ]
    assert [name for name, row in found.items() if "reason" in row] == ["id00012/bbbbbbbbbbb#00003"]
    gone = found["id00012/bbbbbbbbbbb#00003"]
    assert gone["reason"] == "missing"
    assert gone["detail"] == f"There is no face track {tmp_path}/dev/mp4/id00012/bbbbbbbbbbb/00003.mp4."


def test_ages_belong_to_utterances(tmp_path):
    found = by_id(voxceleb2_tree(tmp_path))
    assert [row["age"] for row in found.values()] == [71.0, 70.0, None, None, None]


def test_a_speaker_without_metadata_has_no_labels(tmp_path):
    stranger = by_id(voxceleb2_tree(tmp_path))["id00099/ccccccccccc#00001"]
    assert stranger.get("sex") is None


def test_sound_with_pictures_by_name(tmp_path):
    found = by_id(voxceleb1_tree(tmp_path))
    assert found["id10001/vvvvvvvvvvv#00002"] == {
        "clip_id": "id10001/vvvvvvvvvvv#00002",
        "video": str(tmp_path / "wav/id10001/vvvvvvvvvvv/00002.wav"),
        "picture": str(tmp_path / "unzippedFaces/An_Example/1.6/vvvvvvvvvvv/0000020.jpg"),
        "start_s": 0.0,
        "speaker_id": "id10001",
        "sex": "male",
        "nationality": "Ireland",
        "age": None,
        "origin": "VoxCeleb",
        "licence": "CC BY 4.0; the footage belongs to its owners",
    }
    # Six pictures are shared out over three clips.
    shown = [row["picture"].rpartition("/")[2] for row in found.values() if "picture" in row]
    assert shown == ["0000000.jpg", "0000020.jpg", "0000040.jpg"]


def test_sound_without_pictures_is_missing(tmp_path):
    found = by_id(voxceleb1_tree(tmp_path))
    named, stranger = found["id10002/wwwwwwwwwww#00001"], found["id10003/xxxxxxxxxxx#00001"]
    assert {named["reason"], stranger["reason"]} == {"missing"}
    assert named["detail"].endswith("unzippedFaces/An.Other_Jr./1.6/wwwwwwwwwww.")
    assert stranger["detail"].endswith("unzippedFaces/id10003/1.6/xxxxxxxxxxx.")
    assert (named["nationality"], stranger.get("sex")) == ("New Zealand", None)


def test_pictures_may_lie_by_speaker(tmp_path):
    values = voxceleb1_tree(tmp_path)
    touch(tmp_path, ["unzippedFaces/id10003/1.6/xxxxxxxxxxx/0000001.jpg"])
    assert by_id(values)["id10003/xxxxxxxxxxx#00001"]["picture"].endswith("id10003/1.6/xxxxxxxxxxx/0000001.jpg")


def test_both_in_one_folder(tmp_path):
    one = voxceleb1_tree(tmp_path)
    touch(tmp_path, ["vox1/wav/id10005/vvvvvvvvvvv/00001.wav"])
    two = voxceleb2_tree(tmp_path)
    assert [row["speaker_id"] for row in rows(one | two)][::4] == ["id10001", "id10003", "id00012"]
    assert {row["speaker_id"] for row in rows(two | {"parts": ["test"]})} == {"id00099"}


def test_only_some_clips_of_a_video(tmp_path):
    values = voxceleb2_tree(tmp_path)
    some = rows(values | {"clips_per_video": 1})
    assert [row["clip_id"] for row in some] == [
        "id00012/-aaaaaaaaaa#00011",
        "id00012/bbbbbbbbbbb#00001",
        "id00099/ccccccccccc#00001",
    ]
    assert all(row in rows(values) for row in some)


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_headings_differ_from_copy_to_copy(tmp_path, delimiter):
    values = voxceleb2_tree(tmp_path)
    table = VOX2_META.replace("VoxCeleb2 ID ,", "id,").replace(",", delimiter)
    (tmp_path / "vox2_meta.csv").write_text(table)
    assert by_id(values)["id00012/bbbbbbbbbbb#00001"]["sex"] == "male"


def test_a_speaker_in_two_parts_is_named(tmp_path):
    values = voxceleb2_tree(tmp_path)
    touch(tmp_path, ["test/mp4/id00012/bbbbbbbbbbb/00001.mp4"])
    with pytest.raises(ValueError, match=r"id00012 is in .*dev and in .*test; name one of them in voxceleb\.parts\."):
        rows(values)
    assert len(rows(values | {"parts": ["test"]})) == 2


def ask_fingerprint(values):
    return fingerprint(settings_of("voxceleb", values))


@pytest.mark.parametrize("ask", [rows, ask_fingerprint])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"folder": ""}, r"The empty name is not a folder; name the folder of VoxCeleb in voxceleb\.folder\."),
        ({"parts": ["dve"]}, r"dve holds neither mp4/ nor wav/; see voxceleb\.parts\."),
        ({"parts": ["dev", "dev/aac"]}, r"dev/aac holds neither mp4/ nor wav/"),
    ],
)
def test_a_folder_that_is_not_there_is_named(tmp_path, ask, values, message):
    with pytest.raises(FileNotFoundError, match=message):
        ask(voxceleb2_tree(tmp_path) | values)


@pytest.mark.parametrize("ask", [rows, ask_fingerprint])
def test_sound_of_the_second_voxceleb_alone_is_not_enough(tmp_path, ask):
    touch(tmp_path, ["dev/aac/id00012/bbbbbbbbbbb/00001.m4a"])
    with pytest.raises(FileNotFoundError, match=r"holds neither mp4/ nor wav/, nor do the folders two levels down\."):
        ask({"folder": str(tmp_path)})


@pytest.mark.parametrize("faces", ["", "elsewhere"])
def test_sound_needs_a_folder_of_pictures(tmp_path, faces):
    values = voxceleb1_tree(tmp_path) | {"faces": faces}
    with pytest.raises(FileNotFoundError, match=r"holds sound alone; name the folder of its face pictures"):
        rows(values)


@pytest.mark.parametrize(
    ("table", "text", "message"),
    [
        ("vox2_meta.csv", None, "vox2_meta.csv; VoxCeleb's pages offer it without a password."),
        ("vox2_meta.csv", "VoxCeleb2 ID ,Set \nid00012 ,dev \n", "vox2_meta.csv has no column 'Gender'."),
        ("vox2_meta.csv", "id,Gender\nid00012,q\n", "vox2_meta.csv, line 2, column Gender: 'q' is not a sex"),
        ("utt2age.train", None, "There is no table"),
        ("utt2age.train", "id00012/bbbbbbbbbbb/00001 old\n", "utt2age.train, line 1, column age: 'old' is not an age"),
        (
            "utt2age.train",
            "id00012/bbbbbbbbbbb/00001\n",
            "utt2age.train, line 1: 1 words where the columns are utterance",
        ),
    ],
)
def test_a_table_that_is_not_as_published_is_named(tmp_path, table, text, message):
    values = voxceleb2_tree(tmp_path)
    (tmp_path / table).unlink()
    if text is not None:
        (tmp_path / table).write_text(text)
    with pytest.raises((FileNotFoundError, ValueError)) as caught:
        rows(values)
    assert message in str(caught.value)


def test_memory_does_not_grow_with_the_number_of_files(tmp_path):
    def peak(speakers):
        folder = tmp_path / str(speakers)
        names = (
            f"mp4/id{number:05d}/v{video}/{clip:05d}.mp4"
            for number in range(speakers)
            for video in "ab"
            for clip in range(8)
        )
        touch(folder, names)
        (folder / "vox2_meta.csv").write_text("id,Gender\n")
        settings = settings_of("voxceleb", {"folder": str(folder)})
        tracemalloc.start()
        count = sum(1 for _ in list_clips(settings))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == 16 * speakers
        return used

    peak(5)
    few, many = peak(10), peak(100)
    # 1,440 files more; what is kept is the name of each speaker.
    assert many - few < 90 * 600
