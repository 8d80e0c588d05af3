"""Ranks among people alike and bits, against cases by hand, chance and knowing it all."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.config import Metrics
from speech2face.evaluation.metrics.leakage import Ranks, firsts, information, measure, percentiles, rank_own
from speech2face.evaluation.predictions.schema import Prediction, write_predictions

SETTINGS = Metrics(bootstrap=200, galleries=3, ranks=(1,), percentages=(10,))
Make = Callable[..., Path]


def ranks(better: list[list[int]], ties: list[list[int]], people: list[list[int]]) -> Ranks:
    return Ranks(better=np.array(better), ties=np.array(ties), people=np.array(people))


def test_ranks_by_hand():
    # Clips 0 and 1 are of one speaker; the last speaker is like nobody.
    similarity = np.array(
        [
            [0.5, 9.0, 0.6, 0.5, 9.0],
            [9.0, 0.7, 0.6, 0.5, 9.0],
            [0.1, 0.2, 0.2, 0.1, 9.0],
            [0.1, 0.2, 0.4, 0.3, 9.0],
            [0.0, 0.0, 0.0, 0.0, 0.0],
        ]
    )
    others = np.zeros((5, 5), bool)
    for group in ([0, 2, 3], [1, 2, 3]):
        others[np.ix_(group, group)] = ~np.eye(3, dtype=bool)
    others[:2, :2] = False
    found = rank_own(similarity, others, np.array([[0, 2, 3, 4], [1, 2, 3, 4]]))
    assert found.better.tolist() == [[1, 0, 1], [0, 0, 1]]
    assert found.ties.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert found.people.tolist() == [[3, 3, 3], [3, 3, 3]]
    assert percentiles(found).tolist() == [(0.25 + 1) / 2, (1 + 0.75) / 2, 0.5]
    assert firsts(found).tolist() == [0.5, 0.75, 0]


@given(st.lists(st.integers(2, 40), min_size=2, max_size=30))
def test_answers_that_say_nothing_leak_nothing(people):
    sizes = np.array([people])
    blind = Ranks(better=0 * sizes, ties=sizes - 1, people=sizes)
    assert percentiles(blind) == pytest.approx(0.5)
    assert firsts(blind) == pytest.approx(1 / sizes[0])
    assert information(blind) == pytest.approx(0, abs=1e-9)


def test_bits_of_a_perfect_answer_are_nearly_all_there_are():
    found = information(ranks([[0] * 20], [[0] * 20], [[16] * 10 + [2] * 10]))
    assert found[:10] == pytest.approx(4, abs=0.1)
    assert found[10:] == pytest.approx(1, abs=0.1)
    assert (found[:10] < 4).all()


def test_bits_by_hand():
    # Of two people: at others' ranks the shapes with the steepest fall give 1 in 1 + 2^22 to the last, ...
    found = information(ranks([[0, 0, 1]], [[0, 0, 0]], [[2, 2, 2]]))
    assert found[2] == pytest.approx(np.log2(2 * (0.99 / (1 + 2**22) + 0.005)))
    # ... and the steepest rise gives 4 in 5; a hundredth is for both alike.
    found = information(ranks([[1, 1, 0]], [[0, 0, 0]], [[2, 2, 2]]))
    assert found[2] == pytest.approx(np.log2(2 * (0.99 / 5 + 0.005)))


def test_random_ranks_have_no_bits_and_informative_ones_fewer_than_there_are():
    rng = np.random.default_rng(0)
    people = np.full((1, 4000), 64)
    random = Ranks(better=rng.integers(0, 64, people.shape), ties=0 * people, people=people)
    assert -0.01 < information(random).mean() <= 0.01
    # Ranks of a known distribution: what is found bounds log2 G - H(R) from below, closely where it has that shape.
    for chance, room in ((1 / np.arange(1, 65) ** 1.3, 0.03), (np.arange(64) < 32, 0.35)):
        chance = chance / chance.sum()
        known = 6 + (chance[chance > 0] * np.log2(chance[chance > 0])).sum()
        drawn = Ranks(better=rng.choice(64, people.shape, p=chance), ties=0 * people, people=people)
        assert known - room < information(drawn).mean() < known + 0.03


def test_few_random_ranks_have_no_bits_either():
    rng = np.random.default_rng(1)
    people = np.full((1, 30), 20)
    found = [
        information(Ranks(better=rng.integers(0, 20, people.shape), ties=0 * people, people=people)).mean()
        for _ in range(100)
    ]
    assert -0.15 < np.mean(found) < 0.02


def test_bits_average_over_ties():
    tied = information(ranks([[1, 0, 0]], [[2, 0, 0]], [[8, 8, 8]]))[0]
    single = [information(ranks([[1 + position, 0, 0]], [[0, 0, 0]], [[8, 8, 8]]))[0] for position in range(3)]
    assert tied == pytest.approx(np.mean(single))


@pytest.fixture
def make_predictions(tmp_path: Path) -> Make:
    def make(people: int, *, labels: bool = True) -> Path:
        rng = np.random.default_rng(3)
        number = np.repeat(np.arange(people), 2)
        faces = rng.normal(size=(2 * people, 16)).astype(np.float32)
        faces[:, 0] += 8 * (number % 2)  # sex shows
        clips = pd.DataFrame({"clip_id": [f"c{i:03d}" for i in range(2 * people)]})
        clips["speaker_id"] = [f"t{i:03d}" for i in number]
        clips["sex"] = np.where(number % 2 == 0, "female", "male") if labels else None
        clips["age"] = 21.0 + 10 * (number % 4 // 2) if labels else None
        clips["ethnicity"] = "asian" if labels else None
        clips["language"] = "vi" if labels else None
        of_sex = np.where(number[:, None] % 2 == 0, np.float32(0), np.eye(1, 16, dtype=np.float32))
        methods = [
            Prediction.complete("s2f", faces),
            Prediction(name="s2f_pictures", embeddings=faces, found=np.zeros(len(faces), bool)),
            Prediction.complete("mean_face_of_sex", of_sex),
        ]
        write_predictions(tmp_path / "predictions.arrow", clips, faces, methods)
        return tmp_path / "predictions.arrow"

    return make


def test_measures_of_a_world(make_predictions: Make) -> None:
    path = make_predictions(40)
    found = measure(predictions=path, settings=SETTINGS, seed=1)
    assert found == measure(predictions=path, settings=SETTINGS, seed=1)
    assert [found[f"chance.leakage.{k}.people"].value for k in ("everyone", "sex", "group")] == [40, 20, 10]
    for known, people in (("everyone", 40), ("sex", 20), ("group", 10)):
        assert found[f"s2f.leakage.{known}.percentile"].value == 100
        assert found[f"s2f.leakage.{known}.first"].value == 100
        assert found[f"s2f.leakage.{known}.bits"].value == pytest.approx(np.log2(people), abs=0.1)
        assert found[f"perfect.leakage.{known}.bits"].value == pytest.approx(np.log2(people))
        chance = {what: found[f"chance.leakage.{known}.{what}"].value for what in ("percentile", "first", "bits")}
        assert chance == pytest.approx({"percentile": 50, "first": 100 / people, "bits": 0})
        # A method without predictions has no information.
        missing = {what: found[f"s2f_pictures.leakage.{known}.{what}"].value for what in chance}
        assert missing == pytest.approx(chance, abs=1e-9)
    # Sex alone is one bit among all, and zero bits once it is known.
    of_sex = found["mean_face_of_sex.leakage.everyone.percentile"]
    assert of_sex.low <= 74.5 <= of_sex.high
    assert 0.4 < found["mean_face_of_sex.leakage.everyone.bits"].value <= 1
    assert found["mean_face_of_sex.leakage.sex.percentile"].value == pytest.approx(50, abs=4)
    assert found["mean_face_of_sex.leakage.sex.bits"].value == pytest.approx(0, abs=0.02)


def test_people_alone_in_their_group_are_left_out(make_predictions: Make) -> None:
    found = measure(predictions=make_predictions(7), settings=SETTINGS, seed=1)
    assert found["s2f.leakage.sex.first"].n == 7
    # Groups of 2, 2, 2 and 1.
    assert found["s2f.leakage.group.first"].n == 6
    assert found["chance.leakage.group.first"].value == 50
    assert not [
        name for name in measure(predictions=make_predictions(4), settings=SETTINGS, seed=1) if ".group." in name
    ]


def test_without_labels_only_everyone_is_left(make_predictions: Make) -> None:
    found = measure(predictions=make_predictions(7, labels=False), settings=SETTINGS, seed=1)
    assert "s2f.leakage.everyone.bits" in found
    assert {name.split(".leakage.")[1].split(".")[0] for name in found} == {"everyone"}
