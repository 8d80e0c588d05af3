"""Reconstructions: each picture is decoded from its own embedding and looked at again, with stand-ins for networks."""

import io

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image

from speech2face.base.shards import array_field, read_shard, write_shard
from speech2face.config import Reconstructions, load_config
from speech2face.data.faces.alignment import crop_landmarks
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.reconstructions import reconstruct
from tests.conftest import ROOT
from tests.unit.evaluation.reconstructions.stand_ins import CROP, Decoder, Finder
from tests.unit.learning.decoder.made_faces import face

SECONDS, RATE = 2, 16_000
SETTINGS = Reconstructions(seconds=0.5, gains=[2.0], batch=2, threads=1)
FACES = load_config([ROOT / "config" / "config.yaml"]).faces.model_copy(update={"crop_size": CROP})


class VoiceEncoder(torch.nn.Module):
    """A sound's seconds, first and last sample."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("unused", torch.zeros(()))

    def forward(self, wave: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.full((len(wave),), wave.shape[1] / RATE), wave[:, 0], wave[:, -1]], dim=1)


@pytest.fixture
def reconstruct_clips(tmp_path, monkeypatch):
    """Reconstructs clips of the given splits; the true face of the third clip has no red."""
    monkeypatch.setattr(reconstruct, "load_face_decoder", lambda *files: Decoder())
    monkeypatch.setattr(reconstruct, "load_voice_encoder", lambda *files: VoiceEncoder())
    monkeypatch.setattr(reconstruct, "FaceFinder", Finder)

    def reconstructed(clips):
        index = [
            {
                "clip_id": clip,
                "speaker_id": f"speaker of {clip}",
                "split": split,
                "shard": "00",
                "row": row,
                "sex": "female",
            }
            for row, (clip, split) in enumerate(clips)
        ]
        write_shard(tmp_path / "index", INDEX, index)
        sound = np.linspace(0, 16_384, SECONDS * RATE).astype(np.int16)
        audio = pa.schema([array_field("audio", len(sound), pa.int16())])
        write_shard(
            tmp_path / "clips" / "00.arrow", audio, [{"audio": sound + 1000 * row} for row in range(len(clips))]
        )
        fields = [array_field("embedding", 3, pa.float32()), array_field("landmarks", 136, pa.float32())]
        faces = [
            {"embedding": np.array([0.0 if row == 2 else 0.2, 0.1 * row, 0.6], np.float32), "crop": f"{row}".encode()}
            | {"landmarks": (100 * face(row) + row).reshape(-1).numpy().astype(np.float32)}
            for row in range(len(clips))
        ]
        write_shard(tmp_path / "faces" / "00.arrow", pa.schema([*fields, pa.field("crop", pa.binary())]), faces)
        (tmp_path / "gain.json").write_text('{"gain": 2.0}')
        reconstruct.reconstruct(
            index=tmp_path / "index",
            clips=tmp_path / "clips",
            faces=tmp_path / "faces",
            decoder=[tmp_path / "weights", tmp_path / "config"],
            encoder=[tmp_path / "weights", tmp_path / "config"],
            gain=tmp_path / "gain.json",
            faces_settings=FACES,
            settings=SETTINGS,
            seed=0,
            output=tmp_path / "test.arrow",
        )
        return read_shard(tmp_path / "test.arrow").to_pylist()

    return reconstructed


@pytest.fixture
def rows(reconstruct_clips):
    """Three test clips and a training clip."""
    return reconstruct_clips([("a", "test"), ("b", "train"), ("c", "test"), ("d", "test")])


def colour(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png))).mean(axis=(0, 1)) / 255


def test_test_clips_alone_keep_what_is_known_of_them(rows):
    assert [(row["clip_id"], row["speaker_id"], row["sex"], row["original"]) for row in rows] == [
        (clip, f"speaker of {clip}", "female", original) for clip, original in (("a", b"0"), ("c", b"2"), ("d", b"3"))
    ]
    for row, number in zip(rows, (0, 2, 3), strict=True):
        expected = crop_landmarks((100 * face(number) + number).double().numpy())
        np.testing.assert_allclose(np.reshape(row["original_landmarks"], (68, 2)), expected, atol=1e-4)


def test_faces_are_decoded_as_they_are_and_voices_twice_as_far_from_the_mean(rows):
    for row, number in zip(rows, (0, 2, 3), strict=True):
        np.testing.assert_allclose(row["face_embedding"], [0.0 if number == 2 else 0.2, 0.1 * number, 0.6], atol=1e-6)
        np.testing.assert_allclose(colour(row["f2f"]), row["face_embedding"], atol=1 / 255)
        # Half a second of the sound, from its start.
        assert row["voice_embedding"][:2] == pytest.approx([0.5, 1000 * number / 32768])
        raised = 0.25 + 2 * (np.array(row["voice_embedding"]) - 0.25)
        np.testing.assert_allclose(colour(row["s2f"]), raised.clip(0, 1), atol=1 / 255)


def test_a_run_that_trains_nothing_draws_nothing(rows):
    # One training speaker has no spread, and nobody is left to calibrate with.
    assert [row["draws"] for row in rows] == [None] * 3
    assert [row["draws_detected"] for row in rows] == [None] * 3


def test_draws_lie_around_the_prediction_and_have_noise_of_their_own(reconstruct_clips):
    rows = reconstruct_clips([("a", "test"), ("b", "train"), ("c", "train"), ("d", "validation"), ("e", "test")])
    assert len({row["draws"] for row in rows}) == len(rows) == 2
    for row in rows:
        picture = np.asarray(Image.open(io.BytesIO(row["draws"]))) / 255
        assert np.ptp(picture[:-1].reshape(-1, 3), axis=0).max() < 0.01
        assert abs(picture[-1] - picture[0]).max() > 0.01
    again = reconstruct_clips([("a", "test"), ("b", "train"), ("c", "train"), ("d", "validation"), ("e", "test")])
    assert [row["draws"] for row in again] == [row["draws"] for row in rows]


def test_pictures_are_embedded_again_and_those_without_a_face_have_none(rows):
    assert [row["f2f_detected"] for row in rows] == [True, False, True]
    assert [row["s2f_detected"] for row in rows] == [True] * 3
    assert rows[1]["f2f_embedding"] is None and rows[1]["f2f_landmarks"] is None
    for row, kind in [(rows[0], "f2f"), (rows[2], "f2f"), *((row, "s2f") for row in rows)]:
        np.testing.assert_allclose(row[f"{kind}_embedding"], colour(row[kind]), atol=1e-6)
        np.testing.assert_allclose(row[f"{kind}_landmarks"], 0.5 * row[f"{kind}_embedding"][0], atol=1e-6)
