"""Heads come back from embeddings that hold them, and are files that other programs read."""

import io
import json

import numpy as np
import pytest
import trimesh

from speech2face.base.files import lineage
from speech2face.base.shards import write_shard
from speech2face.base.weights import load_arrays
from speech2face.config import load_config
from speech2face.data.talkers import MODEL_FILE
from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.population import sample_talker
from speech2face.uncertainty.calibration.collect import USUAL, schema
from speech2face.uncertainty.heads import fit as heads_fit
from speech2face.uncertainty.heads.model import HeadRegressor
from tests.conftest import ROOT
from tests.unit.uncertainty.calibration.conftest import SETTINGS

CONFIG = load_config([ROOT / "config" / "config.yaml"])
SEED = 5


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """The files of heads fitted to talkers whose embeddings are the main axes of their heads."""
    folder = tmp_path_factory.mktemp("heads")
    model = HeadModel.load(folder)
    known, others = (range(first, first + 120) for first in (100_000, 200_000))
    talkers = {number: sample_talker(number, SEED, CONFIG.talkers) for number in (*known, *others)}
    points = np.stack([model.head(talker.shape).vertices.reshape(-1) for talker in talkers.values()])
    left, spread, _ = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    embedding = dict(zip(talkers, (left * spread)[:, :30], strict=True))
    rng = np.random.default_rng(0)
    for kind, numbers in (("calibration", known), ("audit", others)):
        rows = []
        for number in numbers:
            talker = talkers[number]
            rows.append(
                {
                    "speaker_id": talker.talker_id, "sex": talker.sex, "age": talker.age, "language": "de",
                    "condition": USUAL, "seconds": 6.0, "face_embedding": embedding[number],
                    "ratios": rng.normal(size=13), "voice_embedding": embedding[number] + rng.normal(size=30),
                    "disagreement": 1.0, "features": rng.normal(size=8), "sound": rng.normal(size=120),
                    "windows": None,
                }
            )  # fmt: skip
        write_shard(folder / f"{kind}.arrow", schema(30, {"features": 8, "sound": 120}), rows)
    return folder, talkers, embedding, model


@pytest.fixture(scope="module")
def told(fitted):
    folder, *_ = fitted
    from safetensors.numpy import save_file

    from speech2face.base.files import write_sealed, write_tensors
    from speech2face.uncertainty.calibration.fit import fit_calibration

    settings = SETTINGS.model_copy(update={"lengths": (6.0,)})
    calibration = fit_calibration(folder / "calibration.arrow", settings, 1)
    arrays = {name: np.ascontiguousarray(value, np.float32) for name, value in calibration.tensors.items()}
    write_tensors(folder / "calibration.safetensors", arrays, save_file)
    write_sealed(folder / "calibration.json", calibration.description)
    heads_fit.fit_heads(
        world=CONFIG.talkers, seed=SEED,
        heard=[folder / "calibration.arrow", folder / "audit.arrow"],
        calibration=[folder / "calibration.safetensors", folder / "calibration.json"],
        head_model=folder / MODEL_FILE, weights=folder / "heads.safetensors", config=folder / "heads.json",
    )  # fmt: skip
    return HeadRegressor(**load_arrays(folder / "heads.safetensors")), json.loads((folder / "heads.json").read_text())


def test_heads_come_back_from_embeddings_that_hold_them(fitted, told):
    _, talkers, embedding, model = fitted
    heads, _ = told
    number = 200_003
    true = model.head(talkers[number].shape).vertices
    found = heads.head(embedding[number]).points
    apart = np.sqrt(((found - true) ** 2).sum(axis=1).mean())
    average = np.sqrt(((heads.mean - true) ** 2).sum(axis=1).mean())
    assert apart < 0.3 * average


def test_errors_are_of_people_whom_nothing_was_fitted_on_and_in_the_order_that_they_must_have(told):
    _, told_of = told
    assert told_of["people"] == 120
    error = {name: row["value"] for name, row in told_of["error_mm"].items()}
    assert error["face"] < 0.5 * error["mean head of the sex"] < error["mean head"]
    assert error["face"] < error["voice"] < error["mean head"]
    # Faces of people are some millimetres from the average one, eyes on eyes.
    assert 2 < error["mean head"] < 15


def test_they_say_what_they_were_made_from(told, fitted):
    """So that a removed person is traced to them."""
    folder, *_ = fitted
    inputs = [folder / name for name in ("calibration.arrow", "audit.arrow", "calibration.safetensors")]
    assert told[1]["made_from"] == lineage(inputs)


def test_the_file_is_a_mesh_in_metres_that_says_what_it_is(fitted, told):
    _, _, embedding, _ = fitted
    heads, _ = told
    head = heads.head(embedding[200_000])
    data = head.glb("Generated.")
    assert data == head.glb("Generated.")
    scene = trimesh.load(io.BytesIO(data), file_type="glb")
    (mesh,) = scene.geometry.values()
    assert (mesh.faces == head.triangles).all()
    assert np.allclose(mesh.vertices, head.points / 10, atol=1e-6)
    assert (mesh.visual.vertex_colors[head.eyes] == 240).all(axis=0)[:3].all()
    # What lies before the eyes looks forward.
    assert mesh.vertex_normals[head.points[:, 2].argmax()][2] > 0.5
    # As wide as the shoulders.
    assert 0.3 < np.ptp(mesh.vertices[:, 0]) < 0.8
    assert b'"notice":"Generated."' in data.replace(b" ", b"")
