"""Distances from the true face: hand-computed cases, SciPy, the scale, and worlds of any size."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from speech2face.base.intervals import Estimate
from speech2face.config import Metrics
from speech2face.evaluation.metrics.similarity import (
    METRICS,
    angle_degrees,
    distances,
    distances_between,
    measure,
    other_clips,
)
from speech2face.evaluation.predictions.schema import Prediction, read_predictions, write_predictions

SETTINGS = Metrics(bootstrap=100, galleries=1, ranks=(1,), percentages=(10,))


def write(path: Path, faces: np.ndarray, speakers: list[str], methods: list[Prediction]) -> Path:
    clips = pd.DataFrame({"clip_id": [f"{n:03d}" for n in range(len(faces))], "speaker_id": speakers})
    write_predictions(path, clips.assign(sex=None, age=None, ethnicity=None, language=None), faces, methods)
    return path


def measured(path: Path) -> dict[str, Estimate]:
    return measure(predictions=path, settings=SETTINGS, seed=1)


def test_distances_by_hand() -> None:
    predictions, faces = np.array([[3.0, 4], [1, 0], [0, 0]]), np.array([[4.0, 3], [0, 2], [1, 1]])
    found = distances(predictions, faces)
    assert found["cosine_degrees"].tolist() == pytest.approx([np.degrees(np.arccos(24 / 25)), 90, 90])
    assert found["l2"].tolist() == pytest.approx([2**0.5, 5**0.5, 2**0.5])
    assert found["l1"].tolist() == [2, 3, 2]
    # Means (4/3, 4/3) and (5/3, 2): the first clip is (5, 8) and (7, 3) thirds after centring.
    assert found["centred_cosine_degrees"][0] == pytest.approx(
        np.degrees(np.arccos((5 * 7 + 8 * 3) / np.hypot(5, 8) / np.hypot(7, 3)))
    )


def test_distances_between_faces_are_those_of_scipy() -> None:
    faces = np.random.default_rng(0).normal(size=(6, 5)) + 1
    found = distances_between(faces)
    np.testing.assert_allclose(found["l2"], cdist(faces, faces))
    np.testing.assert_allclose(found["l1"], cdist(faces, faces, "cityblock"))
    for name, x in {"cosine_degrees": faces, "centred_cosine_degrees": faces - faces.mean(axis=0)}.items():
        cosines = 1 - cdist(x, x, "cosine")
        np.testing.assert_allclose(found[name], np.degrees(np.arccos(np.clip(cosines, -1, 1))), atol=1e-5)


def test_perfect_answers_are_at_zero_and_constant_ones_at_a_right_angle_after_centring() -> None:
    faces = np.random.default_rng(1).normal(size=(50, 16)).astype(np.float32) + 1
    for name, distance in distances(faces, faces).items():
        assert distance == pytest.approx(0, abs=1e-5), name
    constant = np.repeat(faces.astype(float).mean(axis=0, keepdims=True), 50, axis=0).astype(np.float32)
    assert (distances(constant, faces)["centred_cosine_degrees"] == 90).all()
    assert distances(constant, faces)["cosine_degrees"].mean() < 60


def test_shuffled_answers_are_as_far_as_a_random_face_and_perfect_ones_at_zero(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    faces = (rng.normal(size=(60, 16)) + 1).astype(np.float32)
    methods = [Prediction.complete("perfect", faces), Prediction.complete("shuffled", np.roll(faces, 2, axis=0))]
    found = measured(write(tmp_path / "predictions.arrow", faces, [f"s{n // 2:02d}" for n in range(60)], methods))
    for metric in METRICS:
        # Each shuffled clip shows one other person's face, and `random_face` is the mean over all of them.
        random = found[f"random_face.similarity.{metric}"]
        assert found[f"shuffled.similarity.{metric}"].value == pytest.approx(random.value, rel=0.08)
        assert found[f"perfect.similarity.{metric}"].value == pytest.approx(0, abs=1e-4)
        assert random.low < random.value < random.high
        assert random.n == 30
    assert 88 < found["random_face.similarity.centred_cosine_degrees"].value < 94


def test_random_face_is_the_mean_and_spread_over_all_other_speakers(tmp_path: Path) -> None:
    faces = np.random.default_rng(3).normal(size=(8, 4)).astype(np.float32)
    speakers = np.repeat(np.arange(4), 2)
    found = measured(write(tmp_path / "predictions.arrow", faces, [f"s{n}" for n in speakers], []))
    apart = cdist(faces, faces)[speakers != speakers[:, None]]
    assert found["random_face.similarity.l2"].value == pytest.approx(apart.mean(), rel=1e-6)
    assert found["random_face.similarity.l2_sd"].value == pytest.approx(apart.std(), rel=1e-5)


def test_every_speaker_counts_once_and_clips_without_an_answer_not_at_all(tmp_path: Path) -> None:
    faces = np.zeros((5, 3), np.float32)
    embeddings = np.array([[1.0, 0, 0], [3, 0, 0], [6, 0, 0], [0, 0, 0], [100, 0, 0]], np.float32)
    method = Prediction(name="s2f", embeddings=embeddings, found=np.array([True, True, True, False, False]))
    found = measured(write(tmp_path / "predictions.arrow", faces, ["a", "a", "b", "b", "c"], [method]))
    mean = found["s2f.similarity.l2"]
    assert (mean.value, mean.n) == (4, 2)
    # Weights 1/4, 1/4 and 1/2: the mean square is (1 + 9) / 4 + 36 / 2.
    assert found["s2f.similarity.l1_sd"].value == pytest.approx((20.5 - 16) ** 0.5)


def test_another_clip_is_of_the_same_person(tmp_path: Path) -> None:
    faces = np.arange(5.0, dtype=np.float32)[:, None] * np.ones(2, np.float32)
    path = write(tmp_path / "predictions.arrow", faces, ["b", "a", "b", "c", "b"], [])
    other = other_clips(read_predictions(path))
    assert other.embeddings[:, 0].tolist() == [2, 1, 4, 3, 0]
    assert other.found.tolist() == [True, False, True, False, True]


def test_worlds_too_small_leave_measures_out(tmp_path: Path) -> None:
    one = np.ones((1, 4), np.float32)
    missing = Prediction(name="f2f", embeddings=one, found=np.zeros(1, bool))
    found = measured(write(tmp_path / "1.arrow", one, ["a"], [Prediction.complete("s2f", 2 * one), missing]))
    assert set(found) == {f"s2f.similarity.{metric}" for metric in METRICS}
    assert found["s2f.similarity.l1"].value == 4
    pair = np.eye(2, 4, dtype=np.float32)
    assert set(measured(write(tmp_path / "2.arrow", pair, ["a", "b"], []))) == set()


def test_angle_of_one_face_with_many() -> None:
    assert angle_degrees(np.array([1.0, 0]), np.array([[2.0, 0], [0, 3], [-1, 0]])).tolist() == [0, 90, 180]
