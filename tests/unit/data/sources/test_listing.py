"""What holds for every source: order, shards, fingerprints, and rows that fit the manifest."""

import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech2face.base.shards import read_shard, shard_names, shard_of
from speech2face.base.status import Reason
from speech2face.data.sources import listing
from speech2face.data.sources.listing import files_by_name, fingerprint_files, list_source, load_source, part_of
from speech2face.data.sources.manifest import MANIFEST
from tests.unit.data.sources.trees import TREES, settings_of, touch

LAYOUTS = pytest.mark.parametrize("layout", TREES)


def made(layout, folder):
    """The source of a layout, and its settings for a tree in the folder."""
    source, make = TREES[layout]
    return source, settings_of(source, make(folder))


def listed(source, section, shards, folder):
    settings = section.model_dump(mode="json")
    list_source(source=source, settings=settings, shards=shards, forgotten=folder / "nobody", folder=folder)
    return [read_shard(folder / f"{name}.arrow") for name in shard_names(shards)]


@LAYOUTS
def test_every_row_fits_the_manifest(layout, tmp_path):
    source, section = made(layout, tmp_path)
    rows = list(load_source(source).list_clips(section))
    needed = {field.name for field in MANIFEST if not field.nullable} | {"origin", "licence"}
    for row in rows:
        assert set(row) <= set(MANIFEST.names)
        assert all(row[name] is not None for name in needed)
        assert Path(row["video"]).is_file() or row["reason"] == Reason.MISSING.value
        assert ("reason" in row) == ("detail" in row)
    assert len({row["clip_id"] for row in rows}) == len(rows)


@LAYOUTS
@pytest.mark.parametrize("shards", [1, 3])
def test_shards_part_the_clips(layout, shards, tmp_path):
    source, section = made(layout, tmp_path / "tree")
    rows = list(load_source(source).list_clips(section))
    tables = listed(source, section, shards, tmp_path / "shards")
    for number, table in enumerate(tables):
        mine = [row for row in rows if shard_of(row["clip_id"].partition("#")[0], shards) == number]
        assert table.schema == MANIFEST
        assert table.to_pylist() == [{name: row.get(name) for name in MANIFEST.names} for row in mine]
    assert sum(table.num_rows for table in tables) == len(rows)


@LAYOUTS
def test_a_source_of_more_shards_than_files_may_be_open(layout, tmp_path, monkeypatch):
    source, section = made(layout, tmp_path / "tree")
    at_once = listed(source, section, 5, tmp_path / "at_once")
    monkeypatch.setattr(listing, "_OPEN_AT_ONCE", 2)
    assert listed(source, section, 5, tmp_path / "in_turn") == at_once


def test_nothing_is_left_of_a_list_that_fails(tmp_path):
    source, section = made("folder with a table", tmp_path / "tree")
    with Path(section.table).open("a") as file:
        file.write("b.mp4,,soon,,,,,,,,,\n")
    with pytest.raises(ValueError, match="'soon' is not a time"):
        listed(source, section, 2, tmp_path / "shards")
    assert list((tmp_path / "shards").iterdir()) == []


def test_a_name_that_is_no_text_is_named(tmp_path):
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / os.fsdecode(b"caf\xe9.mp4")).touch()
    section = settings_of("folder", {"videos": str(folder)})
    with pytest.raises(ValueError, match=r"'caf\\udce9\.mp4' is not a name in UTF-8; rename that file or folder\."):
        listed("folder", section, 2, tmp_path / "shards")
    assert load_source("folder").fingerprint(section)


EVERY = {
    "folder": ("videos", "{}.mp4", {}),
    "pairs": ("folder", "voice/{}.wav", {"face/one.jpg": ""}),
    "voxceleb": ("folder", "mp4/id00012/{}/00001.mp4", {"vox2_meta.csv": "id,Gender\n"}),
    "crema-d": ("folder", "VideoFlash/{}.flv", {"VideoDemographics.csv": "ActorID,Age,Sex,Race,Ethnicity\n"}),
    "grid": ("folder", "s1/{}.mpg", {}),
    "samples": ("folder", "figures/avspeech_res/Wav/{}.wav", {"figures/avspeech_res/Face_ori/one.jpg": ""}),
}
"""Of each source: the setting that names the folder, how a clip lies in it, and what else has to be there."""


@pytest.mark.parametrize("source", EVERY)
@settings(max_examples=25)
@given(st.lists(st.text("abXY019-_", min_size=1, max_size=5), min_size=1, max_size=12, unique=True), st.randoms())
def test_the_order_is_that_of_names_alone(source, names, chance):
    """Whatever the order in which files were made, and in which the file system gives them."""
    setting, pattern, beside = EVERY[source]
    orders = []
    for _ in range(2):
        chance.shuffle(names)
        with tempfile.TemporaryDirectory() as folder:
            touch(Path(folder), [*map(pattern.format, names), *beside])
            for name, text in beside.items():
                (Path(folder) / name).write_text(text)
            rows = load_source(source).list_clips(settings_of(source, {setting: folder}))
            orders.append([row["video"].removeprefix(folder) for row in rows])
    assert orders[0] == orders[1]
    assert {f"/{pattern.format(name)}" for name in names} <= set(orders[0])


@LAYOUTS
def test_a_fingerprint_stays(layout, tmp_path):
    source, section = made(layout, tmp_path)
    (tmp_path / "aside").mkdir()
    before = load_source(source).fingerprint(section)
    list(load_source(source).list_clips(section))
    touch(tmp_path, ["aside/README"])
    assert load_source(source).fingerprint(section) == before


CHANGES = [
    ("folder", "new.mp4", True),
    ("folder", "a.mov", True),
    ("folder", ".new.mp4", False),
    ("folder", "below/c.mp4", False),
    ("folder with a table", "clips.csv", True),
    ("folder with a table", "videos/below/c.mp4", True),
    ("folder with a table", "videos/gone.mp4", True),
    ("folder with a table", "videos/new.mp4", False),
    ("pairs", "voice/p1/new.wav", True),
    ("pairs", "voice/p1/a.wav", True),
    ("pairs", "face/p1/a.jpg", True),
    ("pairs", "pairs.csv", True),
    ("pairs", "voice/p1/notes.txt", False),
    ("VoxCeleb 2", "dev/mp4/id00012/ddddddddddd/00001.mp4", True),
    ("VoxCeleb 2", "dev/aac/id00013/ddddddddddd/00001.m4a", True),
    ("VoxCeleb 2", "new/mp4/id00013/ddddddddddd/00001.mp4", True),
    ("VoxCeleb 2", "vox1_meta.csv", True),
    ("VoxCeleb 2", "vox2_meta.csv", True),
    ("VoxCeleb 2", "utt2age.train", True),
    ("VoxCeleb 2", "utt2age.test", False),
    # Every file of 1.2 million would have to be asked for.
    ("VoxCeleb 2", "dev/mp4/id00012/bbbbbbbbbbb/00009.mp4", False),
    ("VoxCeleb 1", "vox1_meta.csv", True),
    ("VoxCeleb 1", "unzippedFaces/An_Example/1.6/ddddddddddd/1.jpg", True),
    ("VoxCeleb 1", "wav/id10001/ddddddddddd/00001.wav", True),
    ("CREMA-D", "VideoFlash/1002_DFA_SAD_XX.flv", True),
    ("CREMA-D", "VideoFlash/1001_DFA_ANG_XX.flv", True),
    ("CREMA-D", "VideoDemographics.csv", True),
    ("CREMA-D", "SentenceFilenames.csv", True),
    ("CREMA-D", "AudioWAV/1001_DFA_ANG_XX.wav", False),
    ("GRID", "s2/bbaf2n.mpg", True),
    ("GRID", "s1/pwij3p.mpg", True),
    ("GRID", "alignments/s1/bbaf2n.align", False),
    ("samples", "figures/avspeech_res/Wav/new.wav", True),
    ("samples", "figures/avspeech_res/Face_ori/new.jpg", True),
    ("samples", "figures/avspeech_res/mesh/new.obj", False),
]


@pytest.mark.parametrize(("layout", "name", "shows"), CHANGES)
def test_a_fingerprint_changes_with_what_is_listed(layout, name, shows, tmp_path):
    """Whether it shows that a file is new, or has other content."""
    source, section = made(layout, tmp_path)
    before = load_source(source).fingerprint(section)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + "\n")
    assert (load_source(source).fingerprint(section) != before) == shows


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("folder", "a.mov"),
        ("folder with a table", "videos/below/c.mp4"),
        ("pairs", "face/p1/a.jpg"),
        ("VoxCeleb 2", "dev/mp4/id00012/bbbbbbbbbbb"),
        ("VoxCeleb 2", "test"),
        ("VoxCeleb 2", "vox2_meta.csv"),
        ("VoxCeleb 1", "unzippedFaces/An_Example/1.6/vvvvvvvvvvv"),
        ("CREMA-D", "VideoFlash/1001_DFA_ANG_XX.flv"),
        ("CREMA-D", "SentenceFilenames.csv"),
        ("GRID", "s10"),
    ],
)
def test_a_fingerprint_changes_when_something_goes(layout, name, tmp_path):
    source, section = made(layout, tmp_path / "tree")
    before = load_source(source).fingerprint(section)
    (tmp_path / "tree" / name).rename(tmp_path / "gone")
    assert load_source(source).fingerprint(section) != before


def test_a_fingerprint_knows_sizes_and_times(tmp_path):
    path = tmp_path / "a"
    absent = fingerprint_files([path])
    path.write_text("1")
    os.utime(path, ns=(0, 10**18))
    first = fingerprint_files([path])
    os.utime(path, ns=(0, 10**18 + 1))
    later = fingerprint_files([path])
    path.write_text("22")
    os.utime(path, ns=(0, 10**18))
    larger = fingerprint_files([path])
    assert len({absent, first, later, larger}) == 4


def test_files_by_name_are_in_order(tmp_path):
    wanted = [f"{chr(97 + number % 7)}/{number}.wav" for number in range(40)]
    random.Random(1).shuffle(wanted)
    touch(tmp_path, [*wanted, "a/other.txt", "a/.1.wav", ".b/1.wav"])
    found = files_by_name(tmp_path, {".wav"})
    assert list(found.values()) == sorted(tmp_path / name for name in wanted)
    assert all(f"{name}.wav" == path.relative_to(tmp_path).as_posix() for name, path in found.items())


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**9).map(lambda ms: ms / 1000)), unique=True))
def test_clips_of_one_video_have_ids_of_their_own(starts):
    ids = [part_of("video", start) for start in starts]
    assert len(set(ids)) == len(ids)
    assert {name.partition("#")[0] for name in ids} <= {"video"}
