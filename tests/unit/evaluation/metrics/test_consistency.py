"""Distances within a clip, between clips and between speakers, against all pairs counted one by one."""

import itertools

import numpy as np
import pytest
from scipy.spatial.distance import cosine, pdist

from speech2face.evaluation.metrics.consistency import mean_distance, measure
from speech2face.evaluation.trials.schema import read_trial
from tests.unit.evaluation.metrics.made_trials import SETTINGS, labels, made_faces, write_made_trial

MOMENTS = ("0", "2", "4")


def noisy(speakers: int, clips: int, noise: float) -> dict[str, np.ndarray]:
    """What clips of speakers give at each moment: the speaker's direction and some noise."""
    own = np.repeat(made_faces(speakers), clips, axis=0) + 2
    return {moment: own + noise * made_faces(len(own), seed=9 + n) for n, moment in enumerate(MOMENTS)}


def test_the_mean_distance_of_unit_vectors_is_that_of_all_pairs():
    rng = np.random.default_rng(0)
    parts = rng.normal(size=(6, 3))
    parts /= np.linalg.norm(parts, axis=1, keepdims=True)
    assert mean_distance(parts) == pytest.approx(pdist(parts, "cosine").mean())
    assert np.isnan(mean_distance(parts[:1]))


def test_distances_are_those_of_all_pairs(tmp_path):
    voices = noisy(5, 2, 0.7)
    path = write_made_trial(tmp_path / "t.arrow", voices, np.repeat(made_faces(5), 2, axis=0), clips=2)
    found = measure(moments=path, settings=SETTINGS, seed=0)
    centre = np.stack(list(voices.values())).mean(axis=(0, 1))
    single = [(row // 2, row, voices[moment][row] - centre) for row in range(10) for moment in MOMENTS]
    whole = [(row // 2, row, np.mean([v[row] for v in voices.values()], axis=0) - centre) for row in range(10)]

    def mean(parts, chosen):
        return np.mean([cosine(a[2], b[2]) for a, b in itertools.combinations(parts, 2) if chosen(a, b)])

    def same_sex(a, b):
        return a[0] != b[0] and labels(a[0])["sex"] == labels(b[0])["sex"]

    for unit, parts in {"moments": single, "clips": whole}.items():
        expected = {
            "across_clips": mean(parts, lambda a, b: a[0] == b[0] and a[1] != b[1]),
            "same_sex": mean(parts, same_sex),
            "speakers": mean(parts, lambda a, b: a[0] != b[0]),
        }
        if unit == "moments":
            expected["within_clip"] = mean(parts, lambda a, b: a[1] == b[1])
        for name, value in expected.items():
            assert found[f"s2f.consistency.{unit}.{name}"].value == pytest.approx(value, rel=1e-5)
            assert found[f"s2f.consistency.{unit}.{name}"].n == 5
        over = found[f"s2f.consistency.{unit}.across_clips_over_same_sex"]
        assert over.value == pytest.approx(expected["across_clips"] / expected["same_sex"], rel=1e-5)
    assert "s2f.consistency.clips.within_clip" not in found


def test_a_voice_that_always_gives_the_same_face(tmp_path):
    faces = np.repeat(made_faces(10), 2, axis=0)
    path = write_made_trial(tmp_path / "t.arrow", noisy(10, 2, 0), faces, clips=2)
    found = measure(moments=path, settings=SETTINGS, seed=0)
    assert found["s2f.consistency.moments.within_clip"].value == pytest.approx(0, abs=1e-6)
    assert found["faces.consistency.clips.across_clips"].value == pytest.approx(0, abs=1e-6)
    assert found["s2f.consistency.clips.nearest_is_same_speaker"].value == 100
    assert found["chance.consistency.nearest_is_same_speaker"].value == pytest.approx(100 / 19)


def test_a_voice_that_says_nothing_of_the_speaker_is_near_chance(tmp_path):
    faces = np.repeat(made_faces(60), 2, axis=0)
    voices = {moment: made_faces(120, seed=n + 1) for n, moment in enumerate(MOMENTS)}
    found = measure(moments=write_made_trial(tmp_path / "t.arrow", voices, faces, clips=2), settings=SETTINGS, seed=0)
    assert found["s2f.consistency.clips.nearest_is_same_speaker"].value < 5
    ratio = found["s2f.consistency.moments.within_clip_over_speakers"]
    assert ratio.low < 1 < ratio.high


def test_what_cannot_be_measured_is_left_out(tmp_path):
    faces = made_faces(6)
    alone = write_made_trial(tmp_path / "alone.arrow", noisy(6, 1, 1), faces, known=False)
    found = measure(moments=alone, settings=SETTINGS, seed=0)
    assert {"s2f.consistency.moments.within_clip", "s2f.consistency.clips.speakers"} <= set(found)
    assert not any("across" in name or "same_sex" in name or ("s2f" in name and "nearest" in name) for name in found)
    few = write_made_trial(tmp_path / "few.arrow", noisy(2, 1, 1), faces[:2])
    assert measure(moments=few, settings=SETTINGS, seed=0) == {}


def test_a_clip_that_is_missing_at_a_moment_is_an_error(tmp_path):
    path = write_made_trial(tmp_path / "t.arrow", noisy(4, 1, 1), made_faces(4), only={"2": [0, 1, 3]})
    assert len(read_trial(path)) == 11
    with pytest.raises(ValueError, match="every clip at every moment"):
        measure(moments=path, settings=SETTINGS, seed=0)
