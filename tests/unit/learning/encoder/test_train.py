"""The encoder phase: what it hears, and that every loss trains on real files."""

import json

import numpy as np
import pyarrow as pa
import pytest
import torch

from speech2face.base.columns import gather_arrays
from speech2face.base.shards import array_field, iter_rows, read_shard, write_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.status import STATUS_FIELDS, Status
from speech2face.base.weights import save_model
from speech2face.config import load_config
from speech2face.data.splits.share import INDEX, read_index
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.encoder.embed import embed_speakers
from speech2face.learning.encoder.ridge import fit_face_ridge
from speech2face.learning.encoder.speaker import INPUTS
from speech2face.learning.encoder.train import (
    embed_voices,
    load_voice_encoder,
    random_cuts,
    train_encoder,
    whole_voices,
)
from speech2face.learning.training.errors import TrainingError
from tests.conftest import ROOT
from tests.unit.learning.training.toy import SETTINGS, files

DIMENSION = 6
CLIPS = pa.schema([*STATUS_FIELDS, array_field("audio", SAMPLE_RATE, pa.int16())])
COLUMNS = (("clips", "audio"), ("faces", "embedding"))


def test_cuts_are_stretches_of_their_own_clip():
    sound = np.arange(300, dtype=np.int16).reshape(3, 100)
    cuts = random_cuts(sound, np.array([2, 0]), 30, np.array([0.0, 0.9999]))
    assert cuts.tolist() == [list(range(200, 230)), list(range(70, 100))]
    assert random_cuts(sound, np.array([1]), 500, np.array([0.5])).tolist() == [list(range(100, 200))]


def test_whole_voices_come_in_batches_and_may_be_cut_short():
    sound = [np.full(8, 16384, np.int16), np.full(8, -32768, np.int16), np.zeros(8, np.int16)] * 3
    batches = list(whole_voices(sound, samples=5))
    assert {batch.shape[1] for batch in batches} == {5}
    assert len(batches) > 1
    assert torch.cat(batches)[:, 0].tolist() == [0.5, -1.0, 0.0] * 3


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Tones whose pitch tells the embedding: 16 training and 4 validation clips of 10 speakers, and a decoder."""
    folder = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(0)
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    pitch = rng.uniform(100, 400, 20)
    embedding = ((pitch[:, None] - 250) / 87 * rng.normal(size=DIMENSION) * 0.1 + 0.5).astype(np.float32)
    waves = (np.sign(np.sin(2 * np.pi * pitch[:, None] * time)) * 3000).astype(np.int16)
    face = pa.schema([array_field("embedding", DIMENSION, pa.float32())])
    clips = ({"audio": wave, **vars(Status.ok(f"c{number}"))} for number, wave in enumerate(waves))
    write_shard(folder / "clips" / "00.arrow", CLIPS, clips)
    write_shard(folder / "faces" / "00.arrow", face, [{"embedding": value} for value in embedding])
    rows = [
        {
            "clip_id": f"c{number}",
            "speaker_id": f"s{number // 2}",
            "split": "train" if number < 16 else "validation",
            "shard": "00",
            "row": number,
        }
        for number in range(20)
    ]
    write_shard(folder / "index.arrow", INDEX, rows)
    torch.manual_seed(0)
    arguments = {"dimension": DIMENSION, "size": 32, "landmarks": 68}
    decoder = folder / "decoder.safetensors", folder / "decoder.json"
    save_model(ColeFaceDecoder(**arguments), *decoder, {"preset": "cole", "arguments": arguments})
    return folder


def train(world, target, *, loss, steps=12, speakers=None, **changes):
    config = load_config([ROOT / "config" / "config.yaml"])
    settings = config.encoder
    small = settings.small.model_copy(update={"mels": 40, "channels": 16, "dropout": 0.0})
    training = SETTINGS.model_copy(update={"epochs": steps, "learning_rate": 3e-3, "checkpoint_seconds": 1000.0})
    chosen = settings.loss.model_copy(update=loss)
    train_encoder(
        index=world / "index.arrow",
        clips=world / "clips",
        faces=world / "faces",
        faces_settings=config.faces,
        decoder=(world / "decoder.safetensors", world / "decoder.json"),
        speakers=speakers or world,
        settings=settings.model_copy(
            update={"small": small, "training": training, "loss": chosen, "train_seconds": 0.6} | changes
        ),
        seed=1,
        **vars(files(target)),
    )
    return json.loads((target / "history.json").read_text())


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        ("squared", {"mean_squared"}),
        ("l1", {"l1"}),
        ("pixel", {"pixels"}),
        ("full", {"first_layer", "direction", "distillation"}),
    ],
)
def test_every_loss_trains_and_its_terms_are_in_the_history(world, tmp_path, kind, terms):
    history = train(world, tmp_path, loss={"kind": kind, "direction": 1.0, "distillation": 1.0})
    assert terms <= history[0].keys()
    assert history[0]["train_loss"] == pytest.approx(sum(history[0][name] for name in terms))
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    saved = torch.cat([value.flatten() for value in load_voice_encoder(*_model(tmp_path)).state_dict().values()])
    assert torch.isfinite(saved).all()
    # What judges is no part of the model.
    assert not [name for name in load_voice_encoder(*_model(tmp_path)).state_dict() if "loss" in name]


def test_it_learns_what_the_voice_tells(world, tmp_path):
    history = train(world, tmp_path, loss={}, steps=40)
    assert min(epoch["validation_loss"] for epoch in history) < 0.4


def test_a_closed_form_fits_the_training_clips_from_what_was_embedded_once(world, tmp_path):
    embed_speakers(clips=world / "clips" / "00.arrow", seed=1, output=tmp_path / "speakers" / "00.arrow")
    penalties = [10.0, 100.0]
    settings = load_config([ROOT / "config" / "config.yaml"]).encoder.speaker.model_copy(
        update={"penalties": penalties}
    )
    history = train(world, tmp_path, loss={}, preset="speaker", speaker=settings, speakers=tmp_path / "speakers")
    assert [row["penalty"] for row in history] == penalties
    # The pitch tells the face; chance is 0.5.
    assert min(row["validation_loss"] for row in history) < 0.5
    description = json.loads((tmp_path / "config.json").read_text())
    assert description["preset"] == "speaker" and description["penalty"] in penalties
    # The network hears sound as the shard has it, and its head is the ridge of the training clips.
    model = load_voice_encoder(*_model(tmp_path))
    train_rows = read_index(world / "index.arrow", "train")
    inputs = gather_arrays(train_rows, tmp_path / "speakers", "inputs")
    sound, target = (gather_arrays(train_rows, world / name, column) for name, column in COLUMNS)
    ridge = fit_face_ridge(
        inputs.astype(float), target.astype(float), train_rows["speaker_id"].tolist(), [description["penalty"]]
    )
    np.testing.assert_allclose(embed_voices(model, sound), ridge(inputs), atol=1e-3)


def test_a_clip_that_was_rejected_is_embedded_as_nothing(world, tmp_path):
    rows = iter_rows(read_shard(world / "clips" / "00.arrow").slice(0, 2))
    good, bad = rows
    rejected = bad | {"status": "rejected", "reason": "too_short", "detail": "Half a second.", "audio": None}
    write_shard(tmp_path / "clips.arrow", CLIPS, [rejected, good])
    embed_speakers(clips=tmp_path / "clips.arrow", seed=1, output=tmp_path / "speakers.arrow")
    found = read_shard(tmp_path / "speakers.arrow").to_pylist()
    assert [row["status"] for row in found] == ["rejected", "ok"]
    assert found[0]["inputs"] is None and len(found[1]["inputs"]) == INPUTS


def test_balanced_weights_make_gradients_equally_long(world, tmp_path):
    train(world, tmp_path, loss={"kind": "full", "balance_step": 19})
    lines = [json.loads(line) for line in (tmp_path / "logs" / "steps.jsonl").read_text().splitlines()]
    # The log's line of a step is written after it: step 19 is the 20th.
    (measured,) = [line for line in lines if line["step"] == 20 and "gradient/direction" in line]
    lengths = [measured[f"gradient/{name}"] for name in ("first_layer", "direction", "distillation")]
    assert lengths == pytest.approx([lengths[0]] * 3, rel=1e-3)
    assert measured["weight/first_layer"] == 1
    assert measured["weight/direction"] != pytest.approx(0.025, rel=0.01)


def test_an_empty_split_is_a_clear_error(world, tmp_path):
    rows = [row | {"split": "train"} for row in read_index(world / "index.arrow").to_dict("records")]
    other = tmp_path / "world"
    write_shard(other / "index.arrow", INDEX, rows)
    with pytest.raises(TrainingError, match=r"validation split of .*index\.arrow is empty; change the shares"):
        train(other, tmp_path, loss={})


def _model(folder):
    return folder / "model.safetensors", folder / "config.json"
