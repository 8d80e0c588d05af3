"""Recall and similarity by length."""

import numpy as np
import pytest

from speech2face.evaluation.metrics.lengths import leave_one_out_mean, measure
from speech2face.evaluation.metrics.similarity import angle_degrees
from tests.unit.evaluation.metrics.made_trials import SETTINGS, made_faces, write_made_trial


def test_the_mean_of_all_others():
    assert leave_one_out_mean(np.array([[0.0], [3.0], [6.0]])).tolist() == [[4.5], [3.0], [1.5]]


def test_more_that_is_heard_is_measured_as_better(tmp_path):
    faces = made_faces(40) + 3
    noise = made_faces(40, seed=1)
    voices = {"1.5": faces + 4 * noise, "6": faces + 0.5 * noise, "10": faces}
    found = measure(lengths=write_made_trial(tmp_path / "t.arrow", voices, faces), settings=SETTINGS, seed=0)
    assert found["s2f.lengths.10.recall_at_1_percent"].value == 100
    assert found["s2f.lengths.10.cosine"].value == pytest.approx(1)
    assert found["s2f.lengths.10.angle_degrees"].value == pytest.approx(0, abs=0.1)
    assert found["s2f.lengths.6.angle_degrees"].value == pytest.approx(angle_degrees(faces + 0.5 * noise, faces).mean())
    for what, sign in {"recall_at_10_percent": -1, "cosine": -1, "angle_degrees": 1}.items():
        short, reference = found[f"s2f.lengths.1_5.{what}"], found[f"s2f.lengths.6.{what}"]
        apart = found[f"s2f.lengths.1_5.against_6.{what}"]
        assert apart.value == pytest.approx(short.value - reference.value)
        assert apart.low <= apart.value <= apart.high
        assert min(apart.low * sign, apart.high * sign) > 0
        assert apart.n == short.n == 40
    assert not any(".6.against_6" in name for name in found)


def test_the_cosine_is_of_what_is_particular_and_the_angle_is_not(tmp_path):
    faces = made_faces(30)
    voices = {"6": faces + 100}
    found = measure(lengths=write_made_trial(tmp_path / "t.arrow", voices, faces), settings=SETTINGS, seed=0)
    assert found["s2f.lengths.6.cosine"].value == pytest.approx(1, abs=1e-5)
    assert found["s2f.lengths.6.recall_at_1_percent"].value == 100
    assert found["s2f.lengths.6.angle_degrees"].value > 45


def test_floors_hear_nothing(tmp_path):
    faces = made_faces(40) + 3
    path = write_made_trial(tmp_path / "t.arrow", {"3": made_faces(40, seed=1)}, faces)
    found = measure(lengths=path, settings=SETTINGS, seed=0)
    assert found["chance.lengths.recall_at_10_percent"].value == 10
    assert found["chance.lengths.recall_at_1_percent"].value == 2.5
    others = [np.delete(faces, row, axis=0).mean(axis=0) for row in range(40)]
    baseline = found["mean_face.lengths.angle_degrees"]
    assert baseline.value == pytest.approx(angle_degrees(np.stack(others), faces).mean(), rel=1e-5)
    assert not any("against" in name for name in found)  # no recordings of 6 s


def test_the_same_seed_gives_the_same_and_two_speakers_nothing(tmp_path):
    faces = made_faces(7)
    path = write_made_trial(tmp_path / "t.arrow", {"3": faces + made_faces(7, seed=1), "6": faces}, faces)
    assert measure(lengths=path, settings=SETTINGS, seed=4) == measure(lengths=path, settings=SETTINGS, seed=4)
    pair = write_made_trial(tmp_path / "pair.arrow", {"6": faces[:2]}, faces[:2])
    assert measure(lengths=pair, settings=SETTINGS, seed=0) == {}
