"""The gain: pictures too near to the mean do not tell people apart, those too far are no faces or are all alike."""

import json

import numpy as np
import pyarrow as pa
import pytest

from speech2face.base.shards import array_field, write_shard
from speech2face.config import Reconstructions, load_config
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.reconstructions import gain
from tests.conftest import ROOT
from tests.unit.evaluation.reconstructions.stand_ins import CROP, Decoder, Finder

FACES = load_config([ROOT / "config" / "config.yaml"]).faces.model_copy(update={"crop_size": CROP})
PEOPLE = 5


@pytest.fixture
def choose(tmp_path, monkeypatch):
    """Chooses among gains for people whose voices predict a tenth of what their true faces differ from the mean."""
    away = np.random.default_rng(0).uniform(-1, 1, (PEOPLE, 3)).astype(np.float32)
    away[:, 0] = np.linspace(-1, 1, PEOPLE)
    predicted = (0.25 + 0.02 * away).astype(np.float32)
    monkeypatch.setattr(gain, "load_face_decoder", lambda *files: Decoder())
    monkeypatch.setattr(gain, "load_voice_encoder", lambda *files: None)
    monkeypatch.setattr(
        gain, "predict_faces", lambda encoder, rows, clips, settings: predicted[rows["row"].astype(int)]
    )
    monkeypatch.setattr(gain, "FaceFinder", Finder)
    # The landmarks of the stand-in coincide.
    monkeypatch.setattr(gain, "sharpness", lambda picture, landmarks: 1.0 + float(picture.std()))
    index = [
        {"clip_id": f"{row}", "speaker_id": f"{row}", "split": "validation", "shard": "00", "row": row}
        for row in range(PEOPLE)
    ]
    # A test speaker, and another clip of a validation speaker, count for nothing.
    more = [index[0] | {"clip_id": "again"}, index[1] | {"clip_id": "test", "speaker_id": "test", "split": "test"}]
    write_shard(tmp_path / "index", INDEX, [*index, *more])
    fields = [array_field("embedding", 3, pa.float32())]
    faces = [{"embedding": (0.25 + 0.2 * person).astype(np.float32)} for person in away]
    write_shard(tmp_path / "faces" / "00.arrow", pa.schema(fields), faces)

    def chosen(*gains: float) -> dict:
        gain.choose_gain(
            index=tmp_path / "index",
            clips=tmp_path / "clips",
            faces=tmp_path / "faces",
            decoder=[tmp_path / "weights", tmp_path / "config"],
            encoder=[tmp_path / "weights", tmp_path / "config"],
            faces_settings=FACES,
            settings=Reconstructions(seconds=None, gains=list(gains), batch=2, threads=1),
            seed=0,
            output=tmp_path / "gain.json",
        )
        assert gain.read_gain(tmp_path / "gain.json") == json.loads((tmp_path / "gain.json").read_text())["gain"]
        return json.loads((tmp_path / "gain.json").read_text())

    return chosen


def test_the_gain_tells_people_apart(choose):
    told = choose(0.001, 5.0)
    assert told["gain"] == 5.0
    assert told["people"] == PEOPLE
    assert [row["gain"] for row in told["measured"]] == [0.001, 5.0]
    best = told["measured"][1]
    assert (best["found"], best["rank"]) == (1.0, pytest.approx(1 / PEOPLE))
    assert best["recall_at_10_percent"]["value"] == 100
    assert best["recall_at_10_percent"]["n"] == PEOPLE
    assert best["sharpness"]["value"] > 0


def test_a_gain_that_loses_faces_is_not_chosen(choose):
    # The darkest person of all has no red at this gain, and so no face.
    told = choose(0.001, 13.0)
    assert told["measured"][1]["found"] == 1 - 1 / PEOPLE
    assert told["gain"] == 0.001


def test_of_equal_gains_the_smallest_is_chosen(choose):
    assert choose(6.0, 5.0)["gain"] == 5.0


def test_without_speakers_to_choose_with_pictures_are_as_near_the_mean_as_predicted(choose, tmp_path):
    """As in a folder of own videos, whose models are another run's."""
    tested = {"clip_id": "test", "speaker_id": "test", "split": "test", "shard": "00", "row": 0}
    write_shard(tmp_path / "index", INDEX, [tested])
    assert choose(1.5, 2.0) == {"gain": 1.0, "people": 0, "measured": []}
