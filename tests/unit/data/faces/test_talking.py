"""Who talks: lips and sound of made-up signals, and two invented talkers side by side, one of whom is heard."""

import tarfile
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech2face.base.shards import read_shard, write_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.config import load_config
from speech2face.data.clips.cut import cut_clips
from speech2face.data.clips.worker import Reading
from speech2face.data.faces.find import find_faces
from speech2face.data.faces.follow import FollowedFace
from speech2face.data.faces.talking import agreements
from speech2face.data.sources.manifest import MANIFEST
from speech2face.data.talkers.clip import encode_mp4
from speech2face.data.talkers.make import make_talkers
from tests.conftest import ROOT

CONFIG = load_config([ROOT / "config" / "config.yaml"])
SECONDS, FPS = 6.0, 10.0
TALKING = CONFIG.faces.talking


def syllables(seed, rate):
    """Openings of a mouth, 0..1, at `rate` a second for 6 s: syllables of 0.15 to 0.3 s, and pauses."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(SECONDS * rate)) / rate
    opening, start = np.zeros(len(times)), 0.2
    while start < SECONDS:
        length = rng.uniform(0.15, 0.3)
        phase = np.clip((times - start) / length, 0, 1)
        opening += rng.uniform(0.4, 1.0) * np.sin(np.pi * phase) ** 2
        start += length + (rng.uniform(0.2, 0.5) if rng.uniform() < 0.2 else 0.02)
    return opening


def voice(seed, late_s=0.0, gain=1.0):
    """Sound that is as loud as the mouth of that seed is open."""
    envelope = syllables(seed, SAMPLE_RATE)
    envelope = np.interp(np.arange(len(envelope)) - late_s * SAMPLE_RATE, np.arange(len(envelope)), envelope)
    noise = np.random.default_rng(seed).normal(size=len(envelope))
    return np.round(2000 * gain * envelope * noise + 5 * noise[::-1]).astype(np.int16)


def faces(count, rate=25.0):
    times = np.arange(round(SECONDS * rate)) / rate
    places = {"points": np.zeros((len(times), 5, 2)), "centres": np.zeros((len(times), 2))}
    return [FollowedFace(first=0, times=times, size=100.0, **places) for _ in range(count)]


def scores(openings, sound, rate=25.0):
    video = Reading(sound=sound, frames=[], times=[])
    return agreements([np.array(opening) for opening in openings], faces(len(openings), rate), video)


@pytest.mark.parametrize("rate", [10.0, 25.0, 60.0])
def test_lips_that_move_with_the_sound_agree_and_others_do_not(rate):
    heard, other = scores([syllables(1, rate), syllables(2, rate)], voice(1), rate)
    assert heard > 0.7 and other < TALKING.agreement


@settings(max_examples=20)
@given(st.floats(0.2, 5.0), st.floats(-1.0, 1.0), st.floats(0.1, 10.0))
def test_size_of_the_mouth_and_gain_of_the_sound_do_not_matter(size, shift, gain):
    (plain,) = scores([syllables(1, 25.0)], voice(1))
    (changed,) = scores([size * syllables(1, 25.0) + shift], voice(1, gain=gain))
    assert changed == pytest.approx(plain, abs=0.05)


def test_sound_that_is_a_little_off_still_agrees_the_less_the_more_it_is():
    late = [scores([syllables(1, 25.0)], voice(1, late_s=delay))[0] for delay in (0.0, 0.08, 0.16, 0.5)]
    early = [scores([syllables(1, 25.0)], voice(1, late_s=-delay))[0] for delay in (0.0, 0.08, 0.16, 0.5)]
    for some in (late, early):
        assert some == sorted(some, reverse=True)
        assert some[1] > TALKING.agreement > some[3]


def test_lips_at_rest_do_not_talk_even_if_what_they_do_fits():
    assert scores([0.2 * syllables(1, 25.0), syllables(2, 25.0)], voice(1))[0] == 0.0


def test_talking_at_the_same_times_is_not_enough():
    """Both mouths are busy in the same second and shut in the next, as are those who read the same sentence."""
    times, samples = np.arange(150) / 25.0, np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    for one, two in ((1, 2), (3, 4), (5, 6), (7, 8)):
        mouths = [(0.5 + syllables(seed, 25.0)) * (np.sin(np.pi * times) > 0) for seed in (one, two)]
        sound = (voice(one) + 500 * np.sign(voice(one))) * (np.sin(np.pi * samples) > 0)
        heard, other = scores(mouths, sound.astype(np.int16))
        assert heard > TALKING.agreement and heard > other + TALKING.margin


@pytest.mark.parametrize("sound", [np.zeros(0, np.int16), np.zeros(96000, np.int16), voice(1)[:200]])
def test_without_sound_nobody_talks(sound):
    assert scores([syllables(1, 25.0), syllables(2, 25.0)], sound) == [0.0, 0.0]


@dataclass(frozen=True, kw_only=True)
class Filmed:
    """One talker: pictures [frames, side, side, 3] and sound."""

    pictures: np.ndarray
    sound: np.ndarray
    rate: int


def _filmed(data):
    with av.open(data) as container:
        pictures = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    data.seek(0)
    with av.open(data) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
        rate = container.streams.audio[0].rate
    return Filmed(pictures=pictures, sound=np.round(32767 * sound.clip(-1, 1)).astype(np.int16), rate=rate)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The phase over videos of two talkers, left and right; by what is heard, the row and the face's centre."""
    folder = tmp_path_factory.mktemp("talking")
    make_talkers(
        world=CONFIG.talkers.model_copy(update={"count": 2, "clips_per_talker": 1, "seconds": SECONDS, "fps": FPS}),
        seed=7, shard=0, shards=1, head_model=folder / "model" / "model.npz", videos=folder / "talkers.tar",
        manifest=folder / "talkers.arrow", truth=folder / "truth.arrow",
    )  # fmt: skip
    with tarfile.open(folder / "talkers.tar") as archive:
        left, right = (_filmed(archive.extractfile(member)) for member in archive.getmembers())
    still = Filmed(pictures=left.pictures[[7] * len(left.pictures)], sound=left.sound, rate=left.rate)
    noise = np.random.default_rng(0).normal(0, 500, len(left.sound)).astype(np.int16)
    videos = {
        "left": (left, right, left.sound),
        "right": (left, right, right.sound),
        "right, beside a photograph": (still, right, right.sound),
        "nobody": (left, right, noise),
        "left, placed right": (left, right, left.sound),
        "left, placed nowhere": (left, right, left.sound),
        "left, gone": (left, right, left.sound),
    }
    manifest = []
    for number, (name, (one, other, sound)) in enumerate(videos.items()):
        path = folder / f"{number}.mp4"
        pictures = np.concatenate([one.pictures, other.pictures], axis=2)
        path.write_bytes(encode_mp4(pictures, sound, fps=FPS, sample_rate=left.rate))
        place = {"left, placed right": (0.75, 0.5), "left, placed nowhere": (0.5, 0.05)}.get(name, (None, None))
        manifest.append({"clip_id": name, "video": str(path), "start_s": 0.0, "face_x": place[0], "face_y": place[1]})
    return _find(folder, [row | {"speaker_id": "s", "origin": "", "licence": ""} for row in manifest])


def _find(folder: Path, manifest):
    files = {name: folder / f"{name}.arrow" for name in ("manifest", "clips", "output")}
    write_shard(files["manifest"], MANIFEST, manifest)
    cut_clips(manifest=files["manifest"], output=files["clips"], settings=CONFIG.clips)
    Path(manifest[-1]["video"]).unlink()
    find_faces(**files, settings=CONFIG.faces, clips_settings=CONFIG.clips)
    return {row["clip_id"]: row for row in read_shard(files["output"]).to_pylist()}


def side(row):
    assert row["status"] == "ok", row["detail"]
    return "left" if (row["box"][0] + row["box"][2]) / 2 < CONFIG.talkers.size else "right"


def test_of_two_faces_the_one_is_taken_that_talks(rows):
    assert side(rows["left"]) == "left"
    assert side(rows["right"]) == "right"
    assert side(rows["right, beside a photograph"]) == "right"
    assert rows["right"]["embedding"] != rows["left"]["embedding"]


def test_when_nobody_talks_the_clip_is_rejected_and_says_how_well_each_agreed(rows):
    row = rows["nobody"]
    assert (row["status"], row["reason"]) == ("rejected", "several_faces")
    assert "agree with the sound by 0." in row["detail"]


def test_a_position_counts_more_than_who_talks_and_an_absurd_one_rejects(rows):
    assert side(rows["left, placed right"]) == "right"
    assert rows["left, placed nowhere"]["reason"] == "other_face"


def test_a_video_that_is_gone_for_the_second_look_is_a_row_with_that_reason(rows):
    assert (rows["left, gone"]["status"], rows["left, gone"]["reason"]) == ("rejected", "missing")
