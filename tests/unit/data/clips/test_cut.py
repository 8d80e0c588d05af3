"""The clips phase: a row for every clip of the manifest, in its order, with what goes along."""

import tarfile

import numpy as np
import pytest
from PIL import Image

from speech2face.base.images import decode_image
from speech2face.base.shards import read_shard, write_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.clips.cut import cut_clips, schema
from speech2face.data.sources.manifest import ABOUT, MANIFEST
from tests.unit.data.clips.made_media import PITCHES, SETTINGS, Pictures, Sounds, pitch_at, write_media

ABOUT_SOMEONE = {
    "sex": "female",
    "age": 31.0,
    "ethnicity": "asian",
    "language": "en",
    "nationality": "Ireland",
    "origin": "own videos",
    "licence": "CC BY 4.0",
}


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    write_media(folder / "whole.mp4", Pictures(seconds=4.0), Sounds(seconds=4.0))
    write_media(folder / "voice.wav", Sounds(codec="pcm_s16le", format="s16", seconds=2.0))
    Image.new("RGB", (30, 20), "white").save(folder / "face.jpg")
    with tarfile.open(folder / "some.tar", "w") as archive:
        archive.add(folder / "whole.mp4", "whole.mp4")
    (folder / "damaged.tar").write_bytes(b"no archive")
    return folder


def cut(tmp_path, *rows):
    common = {"clip_id": "c", "speaker_id": "s", "start_s": 0.0}
    write_shard(tmp_path / "manifest.arrow", MANIFEST, [common | row for row in rows])
    cut_clips(manifest=tmp_path / "manifest.arrow", output=tmp_path / "clips.arrow", settings=SETTINGS)
    table = read_shard(tmp_path / "clips.arrow")
    assert table.schema == schema(SETTINGS)
    assert table.num_rows == len(rows)
    return table.to_pylist()


def test_a_good_clip(tmp_path, media):
    (row,) = cut(tmp_path, {"video": str(media / "whole.mp4"), "face_x": 0.4, "face_y": 0.6} | ABOUT_SOMEONE)
    assert (row["status"], row["reason"], row["detail"]) == ("ok", "", "")
    assert {name: row[name] for name in ABOUT} == ABOUT_SOMEONE
    assert (row["face_x"], row["face_y"]) == (0.4, 0.6)
    assert row["heard_s"] == pytest.approx(4.0, abs=0.05)
    assert len(row["audio"]) == SETTINGS.seconds * SAMPLE_RATE
    assert len(row["frames"]) == len(row["times"]) == SETTINGS.frames
    assert decode_image(row["frames"][0]).shape == (64, 96, 3)
    heard = round(row["heard_s"] * SAMPLE_RATE)
    assert row["audio"][heard:] == row["audio"][: len(row["audio"]) - heard]


def test_only_the_stretch_of_the_manifest(tmp_path, media):
    (row,) = cut(tmp_path, {"video": str(media / "whole.mp4"), "start_s": 1.0, "end_s": 2.5})
    assert row["heard_s"] == 1.5
    assert pitch_at(np.array(row["audio"]), 0.5) == pytest.approx(PITCHES[1], abs=5)
    assert all(0 <= time <= 1.5 for time in row["times"])


def test_a_clip_that_the_source_could_not_give_keeps_its_reason(tmp_path, media):
    given = {"video": str(media / "whole.mp4")} | ABOUT_SOMEONE
    with_detail, without = cut(
        tmp_path, given | {"reason": "missing", "detail": "There is no file x."}, given | {"reason": "missing"}
    )
    assert (with_detail["status"], with_detail["reason"], with_detail["detail"]) == (
        "rejected",
        "missing",
        "There is no file x.",
    )
    assert with_detail["licence"] == "CC BY 4.0"
    assert with_detail["audio"] is None
    assert without["detail"] == "A file that the source names is not there."


def test_a_picture_is_the_frame_of_a_recording(tmp_path, media):
    pair = {"video": str(media / "voice.wav"), "picture": str(media / "face.jpg")}
    good, no_picture, no_voice = cut(
        tmp_path, pair, pair | {"picture": str(media / "none.jpg")}, pair | {"video": str(media / "none.wav")}
    )
    assert good["status"] == "ok"
    assert good["times"] == [0.0]
    assert decode_image(good["frames"][0]).shape == (20, 30, 3)
    assert good["heard_s"] == pytest.approx(2.0, abs=0.01)
    assert no_picture["reason"] == no_voice["reason"] == "missing"


def test_clips_in_archives(tmp_path, media):
    inside = {"archive": str(media / "some.tar"), "video": "whole.mp4"}
    good, no_member, no_archive, damaged, outside = cut(
        tmp_path,
        inside,
        inside | {"video": "none.mp4"},
        inside | {"archive": str(media / "none.tar")},
        inside | {"archive": str(media / "damaged.tar")},
        {"video": str(media / "whole.mp4")},
    )
    assert good == outside
    assert [row["reason"] for row in (no_member, no_archive, damaged)] == ["missing", "missing", "damaged"]


def test_a_stretch_that_is_none_is_too_short(tmp_path, media):
    nan, inf = float("nan"), float("inf")
    stretches = [(2.0, 2.0), (3.0, 1.0), (-1.0, None), (nan, None), (0.0, nan), (nan, nan), (inf, None), (inf, inf)]
    rows = cut(tmp_path, *({"video": str(media / "whole.mp4"), "start_s": s, "end_s": e} for s, e in stretches))
    assert [row["reason"] for row in rows] == ["too_short"] * len(stretches)
    assert rows[1]["detail"] == "The clip goes from 3.0 to 1.0 s."
