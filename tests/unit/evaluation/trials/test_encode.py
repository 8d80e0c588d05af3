"""The sound of each trial, by an encoder that returns its length, loudness and first sample."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from speech2face.base.shards import array_field, write_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.config import load_config
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.trials import encode
from speech2face.evaluation.trials.schema import read_trial
from speech2face.evaluation.trials.speech import SCHEMA
from tests.conftest import ROOT

SECONDS = 2


class Echo(torch.nn.Module):
    """Length in seconds, and the first and the last sample in units of 1/100."""

    def __init__(self, shift: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("shift", torch.tensor(shift))

    def forward(self, wave: torch.Tensor) -> torch.Tensor:
        length = torch.full((len(wave),), wave.shape[1] / SAMPLE_RATE)
        return torch.stack([length, wave[:, 0] * 327.68, wave[:, -1] * 327.68], dim=1) + self.shift


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Two test speakers, two clips each; sample values count tenths of seconds, times the speaker's number."""
    steps = np.arange(SECONDS * SAMPLE_RATE) // (SAMPLE_RATE // 10)
    rows, sound, faces = [], [], []
    for clip in range(4):
        who = clip // 2
        rows.append(
            {"clip_id": f"c{clip}", "speaker_id": f"s{who}", "split": "test", "shard": "00", "row": clip, "sex": "male"}
        )
        sound.append({"audio": ((who + 1) * steps * 100).astype(np.int16)})
        faces.append({"embedding": np.full(3, clip, np.float32)})
    write_shard(tmp_path / "index", INDEX, rows)
    write_shard(
        tmp_path / "clips" / "00.arrow", pa.schema([array_field("audio", SECONDS * SAMPLE_RATE, pa.int16())]), sound
    )
    write_shard(tmp_path / "faces" / "00.arrow", pa.schema([array_field("embedding", 3, pa.float32())]), faces)
    spoken = [
        {"speaker_id": f"s{who}", "condition": condition, "audio": (steps * 100 + who).astype(np.int16).tobytes()}
        for who in (0, 1)
        for condition in ("long", "own_again", "de")
    ]
    write_shard(tmp_path / "speech", SCHEMA, spoken)
    monkeypatch.setattr(encode, "load_voice_encoder", lambda weights, config: Echo(float(str(weights))))
    return tmp_path


def given(run):
    return {"seed": 0, "threads": 1, "index": run / "index", "clips": run / "clips", "faces": run / "faces"}


def test_lengths_moments_and_languages(run):
    settings = load_config([ROOT / "config" / "config.yaml"]).trials.model_copy(
        update={"seconds": (0.5, 1.0), "moments": (0.0, 1.0), "moment_seconds": 0.5}
    )
    names = ("lengths", "moments", "languages")
    out = {name: run / name for name in names}
    encode.encode_trials(settings=settings, speech=run / "speech", encoder=["0", "config"], **given(run), **out)
    lengths, moments, languages = (read_trial(out[name]) for name in names)
    assert lengths[["speaker_id", "condition"]].to_numpy().tolist() == [
        ["s0", "0.5"], ["s1", "0.5"], ["s0", "1"], ["s1", "1"]
    ]  # fmt: skip
    voices = np.stack(lengths["voice_embedding"].to_list())
    assert voices[:, 0].tolist() == [0.5, 0.5, 1, 1]
    assert voices[2, 2] == pytest.approx(9, abs=0.01)
    # The face of the speaker's first clip.
    assert [face[0] for face in lengths["face_embedding"]] == [0, 2, 0, 2]
    assert moments["condition"].tolist() == ["0"] * 4 + ["1"] * 4
    voices = np.stack(moments["voice_embedding"].to_list())
    assert voices[:, 1].tolist() == pytest.approx([0, 0, 0, 0, 10, 10, 20, 20], abs=0.01)
    assert (voices[:, 0] == 0.5).all()
    assert [face[0] for face in moments["face_embedding"]] == [0, 1, 2, 3] * 2
    assert languages["condition"].tolist() == ["de", "de", "own_again", "own_again"]
    assert languages["sex"].tolist() == ["male"] * 4


def test_variants_hear_every_clip_whole(run):
    encode.encode_variants(
        names=["run", "other"], encoders=["0", "config", "5", "config"], output=run / "variants", **given(run)
    )
    variants = read_trial(run / "variants")
    assert variants["condition"].tolist() == ["run"] * 4 + ["other"] * 4
    voices = np.stack(variants["voice_embedding"].to_list())
    assert voices[:4, 0].tolist() == [SECONDS] * 4
    np.testing.assert_allclose(voices[4:], voices[:4] + 5)
