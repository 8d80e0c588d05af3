"""Choices of 1 in N against every draw counted one by one, verification against scikit-learn and brute force."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import comb
from sklearn.metrics import roc_auc_score

from speech2face.config import Metrics
from speech2face.evaluation.metrics.association import Pairs, choice_accuracies, measure
from speech2face.evaluation.predictions.schema import Prediction, write_predictions

SETTINGS = Metrics(bootstrap=100, galleries=2, ranks=(1,), percentages=(10,))
Make = Callable[..., Path]


def other_speakers(speakers: np.ndarray) -> np.ndarray:
    return speakers[:, None] != speakers[None]


def counted(similarity: np.ndarray, wrong: np.ndarray, speakers: np.ndarray, clip: int, n: int) -> float:
    """The accuracy of one clip from every draw of wrong speakers and of a clip of each."""
    entries = {s: [j for j in np.flatnonzero(wrong[clip]) if speakers[j] == s] for s in speakers[wrong[clip]]}
    of_sets = []
    for drawn in itertools.combinations(entries, n - 1):
        won = []
        for chosen in itertools.product(*(entries[s] for s in drawn)):
            others, own = similarity[clip, list(chosen)], similarity[clip, clip]
            won.append((others <= own).all() / ((others == own).sum() + 1))
        of_sets.append(np.mean(won))
    return float(np.mean(of_sets)) if of_sets else np.nan


@given(st.integers(0, 10_000))
def test_choices_are_the_mean_over_all_draws(seed):
    rng = np.random.default_rng(seed)
    speakers = np.sort(rng.integers(0, 6, 9))
    similarity = rng.integers(0, 4, (9, 9)).astype(float)  # few values: many ties
    wrong = other_speakers(speakers) & (rng.random((9, 9)) < 0.8)
    found = choice_accuracies(similarity, wrong, speakers, (2, 3, 5))
    for n, scores in found.items():
        expected = [counted(similarity, wrong, speakers, clip, n) for clip in range(9)]
        np.testing.assert_allclose(scores, expected, atol=1e-12)


def test_choices_among_single_clips_are_hypergeometric():
    similarity = np.random.default_rng(0).normal(size=(40, 40))
    found = choice_accuracies(similarity, ~np.eye(40, dtype=bool), np.arange(40), (2, 10))
    worse = (similarity < np.diag(similarity)[:, None]).sum(axis=1)
    for n, scores in found.items():
        np.testing.assert_allclose(scores, comb(worse, n - 1) / comb(39, n - 1), atol=1e-12)


@given(st.integers(2, 30), st.integers(1, 3))
def test_constant_answers_score_chance_and_perfect_ones_exactly_one(people, clips):
    speakers = np.repeat(np.arange(people), clips)
    wrong = other_speakers(speakers)
    for n, scores in choice_accuracies(np.zeros(wrong.shape), wrong, speakers, (2, 3, 5, 10)).items():
        assert scores == pytest.approx(1 / n if n <= people else np.nan, nan_ok=True, abs=1e-12)
    # Exactly: an interval opens only where every speaker scores 1.
    for n, scores in choice_accuracies(np.eye(len(wrong)), wrong, speakers, (2, 3, 5, 10)).items():
        assert ((scores == 1) if n <= people else np.isnan(scores)).all()


def test_shuffled_answers_choose_at_chance():
    faces = np.random.default_rng(1).normal(size=(11, 5))
    wrong = ~np.eye(11, dtype=bool)
    # Every prediction is given to every speaker once.
    shifted = [
        choice_accuracies(np.roll(faces, by, axis=0) @ faces.T, wrong, np.arange(11), (2, 5)) for by in range(11)
    ]
    for n in (2, 5):
        assert np.mean([scores[n] for scores in shifted]) == pytest.approx(1 / n)


def flat(similarity: np.ndarray, wrong: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    right = np.eye(len(wrong), dtype=bool)
    return similarity[right | wrong], right[right | wrong]


def equal_error(scores: np.ndarray, labels: np.ndarray) -> float:
    """Where the line between the last threshold at which fewer are accepted than refused and the next crosses."""
    points = [(0.0, 1.0)]
    for threshold in np.unique(scores)[::-1]:
        accepted, refused = (scores[~labels] >= threshold).mean(), (scores[labels] < threshold).mean()
        if accepted >= refused:
            (a, r), step = points[-1], accepted - points[-1][0] + points[-1][1] - refused
            return 100 * (a + (accepted - a) * (r - a) / step)
        points.append((accepted, refused))
    raise AssertionError


@given(st.integers(0, 10_000), st.sampled_from([3, 50, None]))
def test_verification_is_that_of_scikit_learn_and_of_brute_force(seed, values):
    rng = np.random.default_rng(seed)
    speakers = np.repeat(np.arange(8), 2)
    similarity = rng.normal(size=(16, 16)) + np.eye(16)
    if values is not None:
        similarity = (similarity * values / 6).round()
    wrong = other_speakers(speakers)
    pairs = Pairs(similarity, wrong, speakers)
    scores, labels = flat(similarity, wrong)
    assert pairs.speakers == 8
    assert pairs.auc(np.ones(8)) == pytest.approx(100 * roc_auc_score(labels, scores))
    assert pairs.equal_error_rate(np.ones(8)) == pytest.approx(equal_error(scores, labels))


@given(st.integers(0, 10_000))
def test_weights_are_those_of_pairs(seed):
    rng = np.random.default_rng(seed)
    speakers = np.repeat(np.arange(6), 2)
    similarity = rng.normal(size=(12, 12)).round(1)
    wrong = other_speakers(speakers) & (speakers[:, None] % 2 == speakers[None] % 2)
    weights = rng.multinomial(6, np.full(6, 1 / 6)).astype(float)
    of_clips = weights[speakers]
    of_pairs = np.where(np.eye(12, dtype=bool), of_clips, np.outer(of_clips, of_clips))
    scores, labels = flat(similarity, wrong)
    weight, _ = flat(of_pairs, wrong)
    found = Pairs(similarity, wrong, speakers).auc(weights)
    if weight[~labels].sum() == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(100 * roc_auc_score(labels, scores, sample_weight=weight))


def test_an_answer_that_tells_the_group_alone_verifies_at_chance_in_groups_of_any_size():
    group = np.repeat([0, 1, 2], [2, 3, 9])
    wrong = (group[:, None] == group[None]) & ~np.eye(14, dtype=bool)
    of_face = np.random.default_rng(5).normal(size=14) + 3 * group
    for similarity in (np.tile(of_face, (14, 1)), np.tile(of_face[:, None], (1, 14))):
        pairs = Pairs(similarity, wrong, np.arange(14))
        assert pairs.auc(np.ones(14)) == pytest.approx(50)
        assert pairs.equal_error_rate(np.ones(14)) == pytest.approx(50)


def test_clips_that_nobody_is_like_are_left_out_of_verification():
    wrong = np.zeros((5, 5), bool)
    wrong[:3, :3] = ~np.eye(3, dtype=bool)
    similarity = np.full((5, 5), 0.5)
    similarity[range(5), range(5)] = [1, 1, 1, 0, 0]
    pairs = Pairs(similarity, wrong, np.array([7, 8, 9, 4, 4]))
    assert pairs.speakers == 3
    assert pairs.auc(np.ones(3)) == 100
    assert pairs.equal_error_rate(np.ones(3)) == 0


@given(st.integers(0, 10_000))
def test_right_pairs_of_other_clips_weigh_one_for_each_prediction(seed):
    rng = np.random.default_rng(seed)
    speakers = np.repeat(np.arange(5), [1, 2, 3, 2, 3])
    similarity = rng.normal(size=(11, 11)).round(1)
    wrong = other_speakers(speakers)
    right = ~wrong & ~np.eye(11, dtype=bool)
    # The first speaker has one clip, and so no right pair.
    among = np.ix_(range(1, 11), range(1, 11))
    shown, right_pairs = similarity[among], right[among]
    weight = 1 / np.where(right_pairs, right_pairs.sum(axis=1, keepdims=True), wrong[among].sum(axis=1, keepdims=True))
    chosen = ~np.eye(10, dtype=bool)
    expected = roc_auc_score(right_pairs[chosen], shown[chosen], sample_weight=weight[chosen])
    pairs = Pairs(similarity, wrong, speakers, right)
    assert pairs.speakers == 4
    assert pairs.auc(np.ones(4)) == pytest.approx(100 * expected)


@pytest.fixture
def make_predictions(tmp_path: Path) -> Make:
    def make(people: int, *, labels: bool = True) -> Path:
        rng = np.random.default_rng(3)
        number = np.repeat(np.arange(people), 2)
        faces = rng.normal(size=(2 * people, 12)).astype(np.float32)
        clips = pd.DataFrame({"clip_id": [f"c{i:03d}" for i in range(2 * people)]})
        clips["speaker_id"] = [f"t{i:03d}" for i in number]
        clips["sex"] = np.where(number % 2 == 0, "female", "male") if labels else None
        clips["age"] = 21.0 + 10 * (number % 4 // 2) if labels else None
        clips["ethnicity"] = "asian" if labels else None
        clips["language"] = "vi" if labels else None
        mean = np.tile(faces.mean(axis=0), (2 * people, 1))
        methods = [
            Prediction.complete("s2f", faces * 2),
            Prediction(name="s2f_pictures", embeddings=faces, found=number > 0),
            Prediction.complete("acoustic_ridge", rng.permutation(faces)),
            Prediction.complete("mean_face_of_sex", np.where(number[:, None] % 2 == 0, faces[:1], faces[1:2])),
            Prediction.complete("mean_face", mean),
        ]
        write_predictions(tmp_path / "predictions.arrow", clips, faces, methods)
        return tmp_path / "predictions.arrow"

    return make


def test_measures_of_a_world(make_predictions: Make) -> None:
    path = make_predictions(40)
    found = measure(predictions=path, settings=SETTINGS, seed=1)
    assert found == measure(predictions=path, settings=SETTINGS, seed=1)
    for matching, n in (("", 10), ("sex_matched.", 10), ("group_matched.", 10)):
        for direction in ("v2f", "f2v"):
            name = f"association.{direction}.1_of_{n}.{matching}accuracy"
            assert (found[f"s2f.{name}"].value, found[f"s2f.{name}"].n) == (100, 40)
            assert found[f"s2f.{name}"].low < 100
            always = found[f"mean_face.{name}"]
            assert [always.value, always.low, always.high] == pytest.approx([10, 10, 10])
            # One of 40 has no picture.
            assert found[f"s2f_pictures.{name}"].value == pytest.approx(97.5)
            assert found[f"acoustic_ridge.{name}"].value < 20
        assert found[f"s2f.association.verification.{matching}auc"].value == 100
        assert found[f"s2f.association.verification.{matching}eer"].value == 0
        assert found[f"mean_face.association.verification.{matching}auc"].value == pytest.approx(50)
        assert found[f"mean_face.association.verification.{matching}eer"].value == pytest.approx(50)
        assert abs(found[f"acoustic_ridge.association.verification.{matching}auc"].value - 50) < 8
        other = f"association.verification.other_clip.{'' if matching == '' else 'sex_matched.'}auc"
        # Each clip's face has a place of its own: that of the other clip is no nearer than anybody's.
        assert abs(found[f"s2f.{other}"].value - 50) < 8
        assert found[f"mean_face.{other}"].value == pytest.approx(50)
    assert found["chance.association.1_of_5.accuracy"].value == 20
    assert found["chance.association.verification.auc"].value == 50


def test_answers_choose_among_faces_and_faces_among_answers(make_predictions: Make) -> None:
    found = measure(predictions=make_predictions(40), settings=SETTINGS, seed=1)
    # Among equal predictions every face chooses at random; among faces they all prefer the same ones.
    by_face = found["mean_face_of_sex.association.f2v.1_of_2.sex_matched.accuracy"]
    assert [by_face.low, by_face.value, by_face.high] == pytest.approx([50, 50, 50])
    by_voice = found["mean_face_of_sex.association.v2f.1_of_2.sex_matched.accuracy"]
    assert by_voice.low < 45
    assert by_voice.value == pytest.approx(50)


def test_flags_score_is_the_mean_over_anyone_and_over_one_sex(make_predictions: Make) -> None:
    path = make_predictions(40)
    found = measure(predictions=path, settings=SETTINGS, seed=1)
    for method in ("s2f", "mean_face_of_sex"):
        anyone, same_sex = (
            found[f"{method}.association.verification.other_clip.{matching}eer"].value
            for matching in ("", "sex_matched.")
        )
        assert found[f"{method}.association.flag.eer"].value == pytest.approx((anyone + same_sex) / 2)
        assert found[f"{method}.association.flag.eer"].n == 40
    assert found["mean_face_of_sex.association.verification.other_clip.sex_matched.eer"].value == pytest.approx(50)


def test_a_small_world_and_one_without_labels_leave_measures_out(make_predictions: Make) -> None:
    found = measure(predictions=make_predictions(7), settings=SETTINGS, seed=1)
    assert "s2f.association.v2f.1_of_5.accuracy" in found
    assert "s2f.association.v2f.1_of_10.accuracy" not in found
    assert "s2f.association.v2f.1_of_5.sex_matched.accuracy" not in found
    # Female: 4 of 7, by two age bands 2 and 2; male: 3, by two age bands 2 and 1.
    assert found["s2f.association.v2f.1_of_3.sex_matched.accuracy"].n == 7
    assert found["s2f.association.v2f.1_of_2.group_matched.accuracy"].n == 6
    assert "s2f.association.v2f.1_of_3.group_matched.accuracy" not in found
    bare = measure(predictions=make_predictions(7, labels=False), settings=SETTINGS, seed=1)
    assert "s2f.association.verification.auc" in bare
    assert not [name for name in bare if "matched" in name]
