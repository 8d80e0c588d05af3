"""The predictions phase: each method's embeddings come from its own source, in the order of the test clips."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from speech2face.base.shards import array_field, write_shard
from speech2face.data.splits.share import INDEX
from speech2face.data.voices.features import FEATURES
from speech2face.evaluation.predictions import predict as phase
from speech2face.evaluation.predictions.schema import read_predictions

TRAINED, TESTED, DIMENSION, RATE = 12, 4, 3, 16_000


class SecondsHeard(torch.nn.Module):
    """A voice encoder that gives the seconds of sound that it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("unused", torch.zeros(()))

    def forward(self, wave: torch.Tensor) -> torch.Tensor:
        return torch.full((len(wave), DIMENSION), wave.shape[1] / RATE)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run whose embeddings differ by kind: true faces are n, decoded pictures 100 + n and 200 + n, voices 300 + n."""
    people = TRAINED + TESTED
    rows = [
        {
            "clip_id": f"c{n:02d}", "speaker_id": f"s{n:02d}", "shard": "00", "row": n,
            "split": "train" if n < TRAINED else "test",
        }
        for n in range(people)
    ]  # fmt: skip
    write_shard(tmp_path / "index", INDEX, rows)

    def embeddings(start):
        return [np.full(DIMENSION, start + n, np.float32) for n in range(people)]

    def write(name, fields, columns):
        table = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        write_shard(tmp_path / name, pa.schema(fields), table)

    write("faces/00.arrow", [array_field("embedding", DIMENSION, pa.float32())], {"embedding": embeddings(0)})
    sound = [np.zeros(5 * RATE, np.int16)] * people
    write("clips/00.arrow", [array_field("audio", 5 * RATE, pa.int16())], {"audio": sound})
    numbers = np.random.default_rng(0).normal(size=(people, len(FEATURES)))
    write(
        "voices/00.arrow",
        [pa.field(name, pa.float64()) for name in FEATURES],
        dict(zip(FEATURES, numbers.T, strict=True)),
    )
    columns = {
        "face_embedding": embeddings(0)[TRAINED:],
        "f2f_embedding": [*embeddings(100)[TRAINED:-1], None],
        "s2f_embedding": embeddings(200)[TRAINED:],
        "draws_embedding": embeddings(400)[TRAINED:],
        "voice_embedding": embeddings(300)[TRAINED:],
    }
    write("made", [array_field(name, DIMENSION, pa.float32()) for name in columns], columns)
    monkeypatch.setattr(phase, "load_voice_encoder", lambda *files: SecondsHeard())
    folders = {name: tmp_path / name for name in ("clips", "faces", "voices")}
    phase.predict(
        index=tmp_path / "index", reconstructions=tmp_path / "made", encoder=(tmp_path, tmp_path), truth=[], seed=1,
        threads=1, output=tmp_path / "predictions", **folders,
    )  # fmt: skip
    return read_predictions(tmp_path / "predictions")


def test_each_method_has_its_own_embeddings(run):
    pictures, baselines = ["s2f_pictures", "draws"], ["acoustic_ridge", "nearest_voice", "mean_face"]
    assert list(run.methods) == ["f2f", "s2f", "s2f_3s", *pictures, *baselines]
    tested = np.arange(TRAINED, TRAINED + TESTED)[:, None] * np.ones(DIMENSION)
    np.testing.assert_allclose(run.faces, tested)
    np.testing.assert_allclose(run.methods["s2f"].embeddings, tested + 300)
    np.testing.assert_allclose(run.methods["s2f_pictures"].embeddings, tested + 200)
    np.testing.assert_allclose(run.methods["draws"].embeddings, tested + 400)
    np.testing.assert_allclose(run.methods["f2f"].embeddings[:-1], tested[:-1] + 100)
    np.testing.assert_allclose(run.methods["mean_face"].embeddings, (TRAINED - 1) / 2)


def test_a_picture_without_a_face_has_no_prediction(run):
    assert run.methods["f2f"].found.tolist() == [True] * (TESTED - 1) + [False]


def test_the_short_prediction_is_from_the_first_three_seconds(run):
    np.testing.assert_allclose(run.methods["s2f_3s"].embeddings, 3)
