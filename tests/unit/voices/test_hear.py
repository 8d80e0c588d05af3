"""The rows that the voices phase writes."""

import numpy as np
import pytest

from speech2face.clips.cut import schema as clips_schema
from speech2face.config import Clips, Voices
from speech2face.shards import read_shard, write_shard
from speech2face.voices.hear import hear_voices

SETTINGS = Voices(min_speech_ratio=0.25, min_loudness_db=-60.0)


@pytest.fixture
def rows(tmp_path):
    clips = Clips(seconds=1.0, min_seconds=0.5, frames=1, max_pixels=10**6)
    rng = np.random.default_rng(0)
    sounds = {"silent": np.zeros(16000, np.int16), "no_speech": (rng.normal(size=16000) * 3000).astype(np.int16)}
    given = [
        {"clip_id": name, "status": "ok", "reason": "", "detail": "", "speaker_id": "s", "audio": sound}
        for name, sound in sounds.items()
    ]
    given.append({"clip_id": "no_video", "status": "rejected", "reason": "no_video", "detail": "x", "speaker_id": "s"})
    write_shard(tmp_path / "clips.arrow", clips_schema(clips), given)
    hear_voices(tmp_path / "clips.arrow", tmp_path / "voices.arrow", SETTINGS)
    return read_shard(tmp_path / "voices.arrow").to_pylist()


def test_each_row_has_its_reason(rows):
    assert [(row["clip_id"], row["reason"]) for row in rows] == [(n, n) for n in ("silent", "no_speech", "no_video")]


def test_what_was_measured_stands_in_the_detail(rows):
    assert "voices.min_loudness_db is -60" in rows[0]["detail"]
    assert "voices.min_speech_ratio asks for 25%" in rows[1]["detail"]
