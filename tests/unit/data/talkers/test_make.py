"""Making talkers: real videos, the same bytes whatever the shards, and a mouth that follows the sound."""

import io
import tarfile
from pathlib import Path

import av
import av.logging
import numpy as np
import pytest

from speech2face.base.shards import read_shard
from speech2face.config import load_config
from speech2face.data.clips.media import read_media
from speech2face.data.talkers import MODEL_FILE
from speech2face.data.talkers.clip import encode_mp4
from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.make import make_talkers
from speech2face.data.talkers.population import talkers_of_shard
from tests.unit.data.clips.made_media import SETTINGS as CLIPS

CONFIG = Path(__file__).parents[4] / "config" / "config.yaml"


@pytest.fixture(scope="module")
def world():
    settings = load_config([CONFIG]).talkers
    return settings.model_copy(update={"count": 3, "clips_per_talker": 2, "seconds": 1.2, "size": 128})


def make(folder, world, shards):
    """All shards of the world: the bytes of each video, and manifest and truth of each shard."""
    HeadModel.load(folder)
    videos, tables = {}, []
    for shard in range(shards):
        names = {kind: folder / f"{shards}-{shard}.{kind}" for kind in ("tar", "manifest", "truth")}
        make_talkers(
            world=world,
            seed=5,
            shard=shard,
            shards=shards,
            head_model=folder / MODEL_FILE,
            videos=names["tar"],
            manifest=names["manifest"],
            truth=names["truth"],
        )
        with tarfile.open(names["tar"]) as archive:
            videos |= {m.name: archive.extractfile(m).read() for m in archive.getmembers()}
        tables.append((read_shard(names["manifest"]), read_shard(names["truth"])))
    return videos, tables


@pytest.fixture(scope="module")
def one_shard(tmp_path_factory, world):
    return make(tmp_path_factory.mktemp("one"), world, 1)


def test_bytes_do_not_depend_on_the_number_of_shards(one_shard, world, tmp_path):
    two, _ = make(tmp_path, world, 2)
    assert two == one_shard[0]


def test_videos_are_h264_and_aac_and_can_be_read(one_shard, world):
    videos, _ = one_shard
    assert sorted(videos) == [f"t0000{talker}_{clip}.mp4" for talker in range(3) for clip in range(2)]
    for data in videos.values():
        with av.open(io.BytesIO(data)) as container:
            assert container.streams.video[0].codec_context.name == "h264"
            assert container.streams.audio[0].codec_context.name == "aac"
        media = read_media(io.BytesIO(data), start_s=0, seconds=1.2, settings=CLIPS)
        assert media.frames[0].shape == (128, 128, 3)
        assert len(media.sound) == pytest.approx(1.2 * 16000, rel=0.1)
        assert np.abs(media.sound).max() > 1000


def test_clips_of_a_talker_differ(one_shard):
    videos, _ = one_shard
    assert len(set(videos.values())) == len(videos)


def test_manifest_and_truth_agree(one_shard):
    ((manifest, truth),) = one_shard[1]
    people = {row["speaker_id"]: row for row in truth.to_pylist()}
    for row in manifest.to_pylist():
        person = people[row["speaker_id"]]
        assert {row[name] == person[name] for name in ("sex", "age", "ethnicity", "language")} == {True}
        assert row["clip_id"].startswith(row["speaker_id"])


def test_every_talker_is_in_exactly_one_shard():
    shards = [talkers_of_shard(50, shard, 7) for shard in range(7)]
    assert sorted(number for shard in shards for number in shard) == list(range(50))


def test_encoding_is_repeatable():
    frames = np.random.default_rng(0).integers(0, 255, (5, 64, 64, 3), np.uint8)
    sound = np.zeros(11025, np.int16)
    rng = np.random.default_rng(1)
    # Memory of many sizes and contents comes and goes, so that the encoder does not always find the same.
    stirred, made = [np.zeros(0)] * 30, set()
    for _ in range(300):
        stirred[rng.integers(30)] = np.full(rng.integers(1, 60_000), rng.integers(255), np.uint8)
        made.add(encode_mp4(frames, sound, fps=10, sample_rate=22050))
    # Counted, since pytest would print the difference of two videos.
    assert len(made) == 1, "the same pictures and sound gave different files"


def test_encoding_keeps_to_instructions_that_give_the_same_everywhere():
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        with av.logging.Capture() as messages:
            encode_mp4(np.zeros((2, 64, 64, 3), np.uint8), np.zeros(2205, np.int16), fps=10, sample_rate=22050)
    finally:
        av.logging.set_level(level)
    used = [text for _, _, text in messages if "cpu capabilities" in text]
    assert used and not any("AVX" in text for text in used)
