"""Lists of segments as data sets publish them: AVSpeech without a heading, others with one of their own."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.base.shards import read_shard, shard_of
from speech2face.config import load_config
from speech2face.data.sources.listing import list_source
from speech2face.data.sources.segments import fingerprint, list_clips, video_id
from tests.conftest import ROOT

# As in the published file: no heading, six decimals.
AVSPEECH = """\
--EVFmnNM-c,90.000000,99.466000,0.550000,0.391667
--EVFmnNM-c,126.160000,132.960000,0.5,0.4
-1q2uyMIRNA,0.000000,3.500000,0.294531,0.270833
"""


@pytest.fixture
def segments(tmp_path):
    """Settings for a table of the given text; `avspeech` for those of the overlay."""

    def make(text, avspeech=False, **changes):
        files = [ROOT / "config" / "config.yaml"]
        if avspeech:
            files.append(ROOT / "config" / "overlays" / "segments.yaml")
        (tmp_path / "list.csv").write_text(text, encoding="utf-8")
        return load_config(files).segments.model_copy(update={"table": str(tmp_path / "list.csv"), **changes})

    return make


def test_avspeech(segments):
    rows = list(list_clips(segments(AVSPEECH, avspeech=True)))
    assert rows[0] == {
        "clip_id": "--EVFmnNM-c#90",
        "video": "https://www.youtube.com/watch?v=--EVFmnNM-c",
        "start_s": 90.0,
        "end_s": 99.466,
        "face_x": 0.55,
        "face_y": 0.391667,
        "speaker_id": "--EVFmnNM-c",
        "origin": "AVSpeech",
        "licence": rows[0]["licence"],
    }
    assert [row["clip_id"] for row in rows] == ["--EVFmnNM-c#90", "--EVFmnNM-c#126.16", "-1q2uyMIRNA#0"]
    assert rows[2]["start_s"] == 0.0


def test_a_heading_with_the_names_of_this_project(segments):
    text = "start,video,end,speaker,sex,language\n1,abcdefghijk,2.5,Ann,F,English\n2,https://host/b.mp4#t=3,3,,,\n"
    first, second = list_clips(segments(text))
    assert (first["speaker_id"], first["sex"], first["language"]) == ("Ann", "female", "English")
    assert "face_x" not in first
    assert (second["video"], second["speaker_id"]) == ("https://host/b.mp4#t=3", "https://host/b.mp4")
    assert second["clip_id"] == "https://host/b.mp4#2"
    assert "sex" not in second


def test_a_heading_with_other_names_and_more_columns(segments):
    text = "id,url,begin,finish,quality\n1,https://youtu.be/abcdefghijk?t=9,1.5,2.5,0.3\n"
    columns = {"video": "url", "start": "begin", "end": "finish"}
    [row] = list_clips(segments(text, columns=columns))
    assert (row["clip_id"], row["end_s"], row["speaker_id"]) == ("abcdefghijk#1.5", 2.5, "abcdefghijk")


def test_an_address_for_ids(segments):
    [row] = list_clips(segments("video,start,end\nab,1,2\n", address="http://localhost/videos/"))
    assert row["video"] == "http://localhost/videos/ab"


@pytest.mark.parametrize(
    "address",
    [
        "https://www.youtube.com/watch?v=abc-_fghijk",
        "http://m.youtube.com/watch?list=PL1&v=abc-_fghijk&t=3s",
        "https://youtu.be/abc-_fghijk?t=3",
        "https://www.youtube.com/shorts/abc-_fghijk",
        "https://www.youtube-nocookie.com/embed/abc-_fghijk",
        "abc-_fghijk",
    ],
)
def test_addresses_of_one_video_are_one_video(address):
    assert video_id(address) == "abc-_fghijk"


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        ("video,start,end\nab,3,2\n", {}, r"list\.csv, line 2: a clip needs a start, and an end after it"),
        ("video,start,end\nab,3,3\n", {}, "line 2: a clip needs a start, and an end after it"),
        ("video,start,end\nab,,3\n", {}, "line 2: a clip needs a start"),
        ("video,start,end\n,1,3\n", {}, "line 2, column video: '' is not the id or the address of a video"),
        ("video,start,end\nfile:///etc/passwd,1,3\n", {}, "line 2, column video: .* http"),
        ("video,start,end\nab,one,3\n", {}, "line 2, column start: 'one' is not a time"),
        ("video,start,end,face_x\nab,1,3,500\n", {}, "line 2, column face_x: '500' is not a share"),
        ("video,start,end\nab,1\n", {}, "line 2: 2 words where the columns are"),
        ("video,start,end,mood\nab,1,3,good\n", {}, r"'mood' is no column of a clip; .* segments\.columns"),
        ("ab,1,3\n", {}, "'ab' is no column of a clip"),
        ("video,start\nab,1\n", {}, r"is the end\? Say it in segments\.columns"),
        ("", {}, r"is the video\?"),
        ("ab,1,3\n", {"columns": {"video": 1, "start": 2, "end": 4}}, "has no column '4'"),
        ("ab,1,3\n", {"columns": {"video": 1, "start": 2, "end": 2}}, "each of them once"),
        ("ab,1,3\n", {"columns": {"video": 1, "start": "s", "end": 2}}, "all columns by name or all by number"),
    ],
)
def test_a_wrong_list_is_one_clear_sentence(segments, text, changes, message):
    with pytest.raises(ValueError, match=message):
        list(list_clips(segments(text, **changes)))


def test_no_list_is_one_clear_sentence(segments, tmp_path):
    for ask in (lambda given: list(list_clips(given)), fingerprint):
        with pytest.raises(FileNotFoundError, match=r"name the list in segments\.table"):
            ask(segments("").model_copy(update={"table": str(tmp_path / "nothing.csv")}))


def test_the_fingerprint_changes_with_the_list(segments):
    before = fingerprint(segments(AVSPEECH))
    assert fingerprint(segments(AVSPEECH + "ab,1,2,0.5,0.5\n")) != before


@given(st.lists(st.tuples(st.sampled_from(["a", "b-_", "C" * 11]), st.integers(0, 10**8)), max_size=30))
def test_clips_of_one_video_are_in_one_shard_and_in_order(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("list")
    text = "".join(f"{video},{start / 1000:.6f},{start / 1000 + 1:.6f},0.5,0.5\n" for video, start in lines)
    (folder / "list.csv").write_text(text or "\n")
    settings = load_config([ROOT / "config" / name for name in ("config.yaml", "overlays/segments.yaml")]).segments
    settings = settings.model_copy(update={"table": str(folder / "list.csv")}).model_dump(mode="json")
    if not lines:
        return
    list_source(source="segments", settings=settings, shards=3, folder=folder, forgotten=folder / "forgotten.txt")
    for number in range(3):
        expected = [(video, start / 1000) for video, start in lines if shard_of(video, 3) == number]
        rows = read_shard(folder / f"0{number}.arrow").to_pylist()
        assert [(row["speaker_id"], row["start_s"]) for row in rows] == expected


def test_a_long_list_takes_no_memory(segments):
    settings = segments("".join(f"{number:011d},1.0,2.0,0.5,0.5\n" for number in range(20_000)), avspeech=True)
    tracemalloc.start()
    assert sum(1 for _ in list_clips(settings)) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500_000
