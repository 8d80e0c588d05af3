"""The decoder phase: the window of its loss, batches, saving, and that it learns from real shards."""

import json

import numpy as np
import pyarrow as pa
import pytest
import torch

from speech2face.base.images import encode_png
from speech2face.base.shards import array_field, write_shard
from speech2face.base.weights import save_model
from speech2face.config import load_config
from speech2face.data.splits.share import INDEX
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.decoder.faces import face_window
from speech2face.learning.decoder.fit import least_shrinkage
from speech2face.learning.decoder.presets import decode, load_face_decoder, sampled
from speech2face.learning.decoder.train import train_decoder
from tests.conftest import ROOT
from tests.unit.learning.decoder.made_faces import face
from tests.unit.learning.training.toy import SETTINGS, files

MASKLESS = (22, 23, 28, 29)
ARGUMENTS = {"dimension": 16, "size": 32, "landmarks": 68}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return ColeFaceDecoder(**ARGUMENTS).eval()


def test_batches_do_not_change_pictures(model):
    embedding = torch.randn(5, 16)
    torch.testing.assert_close(decode(model, embedding, 2), decode(model, embedding, 5), atol=1e-5, rtol=0)


def test_a_decoder_without_residuals_samples_what_is_expected(model):
    embedding = torch.randn(5, 16)
    drawn = sampled(model, embedding, np.random.default_rng(0), 2)
    torch.testing.assert_close(drawn, decode(model, embedding), atol=1e-5, rtol=0)


def test_saved_and_loaded_it_is_the_same(model, tmp_path):
    paths = tmp_path / "m.safetensors", tmp_path / "c.json"
    save_model(model, *paths, {"preset": "cole", "arguments": ARGUMENTS})
    embedding = torch.randn(2, 16)
    assert torch.equal(decode(load_face_decoder(*paths), embedding), decode(model, embedding))


def test_window_favours_the_face():
    window = face_window(64)
    assert window[34, 32] > 5 * window[0, 0] > 0
    assert window.mean().item() == pytest.approx(1)
    torch.testing.assert_close(window, window.flip(1))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Discs for heads: the first number of an embedding is how bright, the second how wide its landmarks lie.

    Behind the heads is whatever is not a head; the last two heads of each split have no mask.
    """
    folder = tmp_path_factory.mktemp("portraits")
    rng = np.random.default_rng(0)
    told = rng.uniform(-1, 1, (30, 2))
    schema = pa.schema(
        [
            pa.field("crop", pa.binary()),
            pa.field("alpha", pa.binary()),
            pa.field("quality", pa.float32()),
            array_field("embedding", 128, pa.float32()),
            array_field("landmarks", 136, pa.float32()),
        ]
    )
    down, across = np.mgrid[:224, :224]
    disc = (down - 112) ** 2 + (across - 112) ** 2 < 80**2
    places = face().double().numpy() * 224
    rows = []
    for number, (bright, wide) in enumerate(told):
        picture = np.where(disc, round(128 + 90 * bright), rng.integers(0, 255)).astype(np.uint8)
        points = (places - 112) * [1 + 0.1 * wide, 1] + 112
        rows.append(
            {
                "crop": encode_png(np.repeat(picture[:, :, None], 3, axis=2)),
                "alpha": None if number in MASKLESS else encode_png(disc.astype(np.uint8) * 255),
                "quality": 0.5 + 0.5 * (number % 2),
                "embedding": np.concatenate([[bright, wide], np.zeros(126)]),
                "landmarks": points.ravel(),
            }
        )
    write_shard(folder / "portraits" / "00.arrow", schema, rows)
    index = [
        {
            "clip_id": f"c{number}",
            "speaker_id": f"s{number}",
            "split": "train" if number < 24 else "validation",
            "shard": "00",
            "row": number,
        }
        for number in range(30)
    ]
    write_shard(folder / "index.arrow", INDEX, index)
    return folder


def train(world, target, **changes):
    config = load_config([ROOT / "config" / "config.yaml"])
    training = SETTINGS.model_copy(update={"epochs": 20, "checkpoint_seconds": 1000.0})
    train_decoder(
        index=world / "index.arrow",
        portraits=world / "portraits",
        faces_settings=config.faces,
        settings=config.decoder.model_copy(
            update={"preset": "cole", "size": 32, "identity": 0.0, "training": training} | changes
        ),
        seed=1,
        **vars(files(target)),
    )
    return json.loads((target / "history.json").read_text())


def test_cole_learns_from_epoch_to_epoch(world, tmp_path):
    history = train(world, tmp_path)
    assert history[-1]["texture"] < 0.5 * history[0]["texture"]
    assert history[-1]["landmarks"] < 0.5 * history[0]["landmarks"]


def test_appearance_keeps_the_penalty_that_suits_the_validation_speakers(world, tmp_path):
    history = train(world, tmp_path, preset="appearance")
    losses = {row["penalty"]: row["validation_loss"] for row in history}
    kept = json.loads((tmp_path / "config.json").read_text())
    assert kept["penalty"] == least_shrinkage(history)
    assert len(set(losses.values())) == len(losses)
    train(world, tmp_path / "again", preset="appearance")
    assert (tmp_path / "model.safetensors").read_bytes() == (tmp_path / "again/model.safetensors").read_bytes()


def test_of_several_processes_the_first_alone_fits_the_appearance_model(world, tmp_path, monkeypatch):
    left = []
    monkeypatch.setattr("speech2face.learning.training.processes.rank", lambda: 1)
    monkeypatch.setattr("speech2face.learning.training.processes.leave", lambda: left.append(True))
    with pytest.raises(FileNotFoundError):
        train(world, tmp_path, preset="appearance")
    assert not list(tmp_path.iterdir())
    assert left


@pytest.mark.parametrize("preset", ["appearance", "cole"])
def test_it_learns_brightness_and_landmarks(world, tmp_path, preset):
    train(world, tmp_path, preset=preset)
    decoder = load_face_decoder(tmp_path / "model.safetensors", tmp_path / "config.json")
    told = torch.zeros(3, 128)
    told[:, 0] = torch.tensor([-0.8, 0.0, 0.8])
    told[:, 1] = torch.tensor([-0.8, 0.0, 0.8])
    with torch.no_grad():
        drawn = decoder.parts(told)
    dark, middle, bright = drawn.picture[:, :, 12:20, 12:20].mean(dim=(1, 2, 3))
    assert dark < middle - 0.1 < bright - 0.2
    widths = drawn.landmarks[:, :, 0].std(dim=1)
    assert widths[0] < widths[1] < widths[2]


def test_the_appearance_model_puts_heads_on_white_whatever_was_behind_them(world, tmp_path):
    train(world, tmp_path, preset="appearance")
    decoder = load_face_decoder(tmp_path / "model.safetensors", tmp_path / "config.json")
    with torch.no_grad():
        drawn = decoder(torch.zeros(1, 128))
    assert drawn[..., [0, 1, -2, -1]].min() > 0.999


def test_the_smallest_penalty_of_nearly_the_least_error_is_kept():
    errors = {10.0: 1.2, 30.0: 1.04, 60.0: 1.0, 100.0: 1.01}
    history = [{"penalty": penalty, "validation_loss": error} for penalty, error in errors.items()]
    assert least_shrinkage(history) == 30.0


def test_the_recogniser_has_its_say_when_it_is_asked_for(world, tmp_path):
    training = SETTINGS.model_copy(update={"epochs": 1})
    history = train(world, tmp_path, identity=0.5, training=training)
    assert history[0]["identity"] > 0
    assert "identity" not in train(world, tmp_path / "without", training=training)[0]
