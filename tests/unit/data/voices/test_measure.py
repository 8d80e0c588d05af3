"""The rows that the voices phase writes."""

import numpy as np
import pytest
import soxr

from speech2face.base.shards import read_shard, write_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.config import Voices
from speech2face.data.clips.cut import schema as clips_schema
from speech2face.data.talkers.voice import Synthesiser, VoiceParameters
from speech2face.data.voices.acoustics import measure_acoustics
from speech2face.data.voices.features import FEATURES
from speech2face.data.voices.measure import measure_voices
from tests.unit.data.clips.made_media import SETTINGS as CLIPS

SETTINGS = Voices(min_speech_ratio=0.25, min_loudness_db=-60.0)


@pytest.fixture(scope="module")
def spoken():
    """A second of a sentence."""
    with Synthesiser() as synthesiser:
        voice = VoiceParameters(language="en-us", pitch_hz=120.0)
        speech = synthesiser.speak("The old captain carried a heavy table into the garden.", voice)
    return soxr.resample(speech.samples, speech.sample_rate, SAMPLE_RATE)[1600:17600]


@pytest.fixture
def rows(tmp_path, spoken):
    clips = CLIPS.model_copy(update={"seconds": 1.0})
    rng = np.random.default_rng(0)
    noise = (rng.normal(size=16000) * 3000).astype(np.int16)
    sounds = {"silent": np.zeros(16000, np.int16), "no_speech": noise, "good": spoken}
    given = [
        {"clip_id": name, "status": "ok", "reason": "", "detail": "", "speaker_id": "s", "audio": sound}
        for name, sound in sounds.items()
    ]
    given.append({"clip_id": "no_video", "status": "rejected", "reason": "no_video", "detail": "x", "speaker_id": "s"})
    write_shard(tmp_path / "clips.arrow", clips_schema(clips), given)
    measure_voices(clips=tmp_path / "clips.arrow", output=tmp_path / "voices.arrow", settings=SETTINGS)
    return read_shard(tmp_path / "voices.arrow").to_pylist()


def test_each_row_has_its_reason(rows):
    reasons = {"silent": "silent", "no_speech": "no_speech", "good": "", "no_video": "no_video"}
    assert {row["clip_id"]: row["reason"] for row in rows} == reasons


def test_what_was_measured_stands_in_the_detail(rows):
    assert "voices.min_loudness_db is -60" in rows[0]["detail"]
    assert "voices.min_speech_ratio asks for 25%" in rows[1]["detail"]


def test_good_rows_hold_what_was_heard(rows, spoken):
    (good,) = (row for row in rows if row["status"] == "ok")
    assert {name: good[name] for name in FEATURES} == measure_acoustics(spoken)
    assert good["pitch_hz"] == pytest.approx(120, rel=0.15)
    assert good["speech_ratio"] > 0.5 and -40 < good["loudness_db"] < 0


def test_rejected_rows_hold_no_acoustics(rows):
    rejected = [row for row in rows if row["status"] != "ok"]
    assert len(rejected) == 3
    assert all(row[name] is None for row in rejected for name in ("speech_ratio", *FEATURES))
