"""Neighbours: hand-computed cases, scikit-learn, and chance by shuffling."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from speech2face.config import Metrics
from speech2face.evaluation.metrics.features import NEIGHBOURS, chance_scores, measure, neighbour_scores
from speech2face.evaluation.predictions.schema import Prediction, write_predictions

SETTINGS = Metrics(bootstrap=100, galleries=1, ranks=(1,), percentages=(10,))


def test_neighbours_by_hand() -> None:
    positions = np.array([[0.0], [0.1], [1], [2], [3], [10]])
    speakers, labels = np.array([0, 0, 1, 2, 3, 4]), np.array(["x", "x", "x", "y", "z", "z"], object)
    # Clip 1 is nearest to clip 0 but of the same person: x, y and z vote, and one of three equals is right.
    assert neighbour_scores(positions, speakers, labels, 3).tolist() == [1 / 3, 1 / 3, 1, 0, 0, 1 / 3]
    assert neighbour_scores(positions, speakers, labels, 1).tolist() == [1, 1, 1, 0, 0, 1]


def test_neighbours_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    positions, speakers = rng.normal(size=(60, 4)), np.repeat(np.arange(30), 2)
    labels = np.array(["a", "b"], object)[rng.integers(0, 2, 30)][speakers]
    wanted = []
    for clip in range(60):
        others = speakers != speakers[clip]
        model = KNeighborsClassifier(NEIGHBOURS).fit(positions[others], labels[others].astype(str))
        wanted.append(model.predict(positions[[clip]])[0] == labels[clip])
    # Five votes on two labels are never even.
    assert neighbour_scores(positions, speakers, labels, NEIGHBOURS).tolist() == wanted


def test_chance_by_hand() -> None:
    labels = np.array(["x", "x", "y", "y"], object)
    # Of one clip drawn from the three others one is of the own label.
    assert chance_scores(np.arange(4), labels, 1) == pytest.approx(1 / 3)
    # Two drawn: both wrong in 1 of 3 cases, else one each, a tie.
    assert chance_scores(np.arange(4), labels, 2) == pytest.approx(2 / 3 * 1 / 2)
    # The speaker's own other clip is not drawn.
    assert chance_scores(np.array([0, 0, 1, 2]), labels, 1)[:2].tolist() == [0, 0]


@settings(max_examples=20)
@given(st.lists(st.sampled_from("wxyz"), min_size=4, max_size=12), st.integers(1, 3), st.integers(0, 9))
def test_random_neighbours_score_chance(letters: list[str], count: int, seed: int) -> None:
    labels, speakers = np.array(letters, object), np.arange(len(letters))
    rng = np.random.default_rng(seed)
    scores = [neighbour_scores(rng.normal(size=(len(letters), 3)), speakers, labels, count) for _ in range(300)]
    # Points drawn anew: any clips are as likely to be near as any others.
    assert np.mean(scores) == pytest.approx(chance_scores(speakers, labels, count).mean(), abs=0.08)


def write(path: Path, faces: np.ndarray, labels: dict[str, list[object]], voices: np.ndarray) -> Path:
    names = {
        "clip_id": [f"{n:03d}" for n in range(len(faces))],
        "speaker_id": [f"s{n // 2:02d}" for n in range(len(faces))],
    }
    clips = pd.DataFrame(names | labels | {"language": [None] * len(faces)}, dtype=object)
    write_predictions(path, clips, faces.astype(np.float32), [Prediction.complete("s2f", voices.astype(np.float32))])
    return path


def test_what_is_laid_out_is_found_and_what_is_not_is_chance(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    female = np.repeat(rng.permutation(60) < 30, 2)
    sex = np.where(female, "female", "male").tolist()
    faces = rng.normal(size=(120, 8)) + 20 * female[:, None]
    labels = {"sex": sex, "age": [None] * 120, "ethnicity": ["asian"] * 120}
    path = write(tmp_path / "predictions.arrow", faces, labels, rng.normal(size=(120, 8)))
    found = measure(predictions=path, settings=SETTINGS, seed=1)
    # No age is known, and one ethnicity is no choice.
    assert set(found) == {f"{who}.features.sex.neighbours" for who in ("faces", "s2f", "chance")}
    assert found["faces.features.sex.neighbours"].value == 100
    chance = found["chance.features.sex.neighbours"]
    assert chance.low == chance.value == chance.high
    assert 45 < chance.value < 50
    assert abs(found["s2f.features.sex.neighbours"].value - chance.value) < 15


def test_clips_without_a_label_and_small_worlds(tmp_path: Path) -> None:
    labels = {
        "sex": [None, None, "female", "female", "male", "male", "male", "male"],
        "age": [None, None, 20.0, 20.0, 20.0, 20.0, None, None],
        "ethnicity": [None] * 8,
    }
    positions = np.array([0.0, 0, 1, 1, 5, 5, 6, 6])[:, None]
    path = write(tmp_path / "predictions.arrow", positions, labels, positions)
    found = measure(predictions=path, settings=SETTINGS, seed=1)
    # The ages that are known are of one band.
    assert set(found) == {f"{who}.features.sex.neighbours" for who in ("faces", "s2f", "chance")}
    # Four clips of other speakers vote: the woman's are all men's, a man's are two of each, a tie.
    assert found["s2f.features.sex.neighbours"].value == pytest.approx(100 / 3)
    assert found["chance.features.sex.neighbours"].value == pytest.approx(100 / 3)
    assert found["s2f.features.sex.neighbours"].n == 3


def test_labels_stay_with_their_clips(tmp_path: Path) -> None:
    sex = [None, None] + ["female", "female", "male", "male"] * 7
    positions = np.array([0.0 if label is None else 10.0 * (label == "male") for label in sex])[:, None]
    labels = {"sex": sex, "age": [None] * 30, "ethnicity": [None] * 30}
    path = write(tmp_path / "predictions.arrow", positions, labels, positions)
    assert measure(predictions=path, settings=SETTINGS, seed=1)["s2f.features.sex.neighbours"].value == 100
