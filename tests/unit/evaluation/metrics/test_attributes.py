"""Probes, age bands, and shares in which rare labels count like common ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score

from speech2face.evaluation.metrics.attributes import AgeProbe, Probe, balanced_share, fit_probes, measure
from speech2face.evaluation.metrics.labels import age_band, among_speakers, labels_of, name_of
from tests.unit.evaluation.metrics.readable import SETTINGS, TESTED, TRAINED, people, write_world


@pytest.mark.parametrize(
    ("years", "band"),
    [(3, "<10"), (10, "10"), (29.9, "20"), (79.9, "70"), (85, "80"), (None, None), (np.nan, None)],
)
def test_age_band(years, band):
    assert age_band(years) == band


@pytest.mark.parametrize(
    ("label", "name"), [("<10", "under_10"), ("Asian", "asian"), ("en-us", "en-us"), ("St. Lucia", "st__lucia")]
)
def test_labels_in_names_of_measures_hold_no_dot(label, name):
    assert name_of(label) == name


def test_missing_labels_stay_missing():
    labels = labels_of(pd.DataFrame({"sex": [None], "age": [None], "ethnicity": ["asian"]}))
    assert labels.iloc[0].tolist() == [None, None, "asian"]


def test_probe_finds_what_is_there_and_not_what_is_not():
    rng = np.random.default_rng(0)
    faces = rng.normal(size=(400, 12))
    sex = np.where(faces[:, 3] > 0, "female", "male")
    probe = Probe(faces[:200], sex[:200].tolist(), 0)
    assert (probe.predict(faces[200:]) == sex[200:]).mean() > 0.9
    blind = Probe(faces[:200], rng.permutation(sex[:200]).tolist(), 0)
    assert abs((blind.predict(faces[200:]) == sex[200:]).mean() - 0.5) < 0.15


def test_age_probe_reads_years_and_bands_them():
    rng = np.random.default_rng(1)
    faces = rng.normal(size=(600, 6))
    years = 50 + 12 * faces[:, 2]
    probe = AgeProbe(faces[:400], years[:400])
    read = probe.years(faces[400:])
    assert np.abs(read - years[400:]).mean() < 2
    assert probe.predict(faces[400:]).tolist() == [age_band(age) for age in read]


def test_what_the_training_clips_do_not_teach_gets_no_probe():
    train = people(6, "train")
    faces = np.random.default_rng(2).normal(size=(12, 4))
    assert list(fit_probes(train, faces, 0)) == ["sex", "age_band", "ethnicity"]
    assert list(fit_probes(train.assign(sex="male", age=np.nan), faces, 0)) == ["ethnicity"]
    some = train.assign(age=np.where(np.arange(12) < 6, train["age"], np.nan))
    assert np.isfinite(fit_probes(some, faces, 0)["age_band"].years(faces)).all()


def test_speakers_average_over_the_clips_that_are_asked_about():
    counted = np.array([True, True, True, False, False])
    shares = among_speakers(np.array([1, 0, 1, 1, 1]), counted, np.array([0, 0, 2, 2, 3]))
    assert shares.tolist() == [0.5, 1]


def balanced(labels, right, speakers):
    return balanced_share(np.array(labels, object), np.array(right), np.array(speakers), np.random.default_rng(0), 200)


def test_balanced_share_by_hand():
    # Two of three women are right and one of one man; the clips of the first woman are halves of her.
    found = balanced(["f", "f", "f", "f", "m"], [True, False, True, False, True], [0, 0, 1, 2, 3])
    assert found.value == pytest.approx((100 * 1.5 / 3 + 100) / 2)
    assert found.low < found.value < found.high
    assert found.n == 4


def test_balanced_share_leaves_out_what_has_no_label():
    assert balanced(["f", "m", None], [True, False, True], [0, 1, 2]) == balanced(["f", "m"], [True, False], [0, 1])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.integers(0, 9)), min_size=2, max_size=30))
def test_balanced_share_is_scikit_learns(clips):
    labels, read, speakers = (np.array(column) for column in zip(*clips, strict=True))
    assume(len(np.unique(speakers)) > 1)
    # A label that is read and never right is only a warning there.
    read = np.where(np.isin(read, labels), read, labels[0])
    assume((labels == read).any() and not (labels == read).all())
    expected = balanced_accuracy_score(labels, read, sample_weight=1 / np.bincount(speakers)[speakers])
    assert balanced(labels, labels == read, speakers).value == pytest.approx(100 * expected)


def test_balanced_share_of_one_answer_is_that_of_guessing_and_of_nothing_wrong_not_certain():
    labels = ["a"] * 8 + ["b"] * 3 + ["c"]
    assert balanced(labels, [label == "a" for label in labels], range(12)).value == pytest.approx(100 / 3)
    perfect = balanced(labels, [True] * 12, range(12))
    assert perfect.value == 100
    assert perfect.low < 90


def test_measures_of_a_world_that_tells_everything(tmp_path: Path):
    paths = write_world(tmp_path)
    found = measure(**paths, settings=SETTINGS, seed=5)
    for attribute in ("sex", "ethnicity"):
        assert found[f"faces.attributes.{attribute}.accuracy"].value == 100
        assert found[f"f2f.attributes.{attribute}.balanced_accuracy"].value == 100
    # Of six speakers one has another sex, and one shows no face.
    assert found["s2f_pictures.attributes.sex.accuracy"].value == pytest.approx(100 * 4 / 6)
    assert found["s2f_pictures.attributes.sex.balanced_accuracy"].value == pytest.approx(100 * 2 / 3)
    assert found["s2f_pictures.attributes.ethnicity.accuracy"].value == pytest.approx(100 * 5 / 6)
    assert found["majority.attributes.sex.accuracy"].value == 50
    assert found["majority.attributes.ethnicity.balanced_accuracy"].value == pytest.approx(100 / 3)
    mean = people(TRAINED, "train")["age"].mean()
    baseline = np.abs(people(TESTED, "test")["age"] - mean).mean()
    assert found["mean_age.attributes.age.error_years"].value == pytest.approx(baseline)
    assert found["faces.attributes.age.error_years"].value < 3
    assert found["s2f_pictures.attributes.age.error_years"].n == 5
    assert found["faces.attributes.age_band.accuracy"].value > 60
    assert found == measure(**paths, settings=SETTINGS, seed=5)


def test_scores_are_highest_for_the_label_that_is_read():
    rng = np.random.default_rng(9)
    faces = rng.normal(size=(90, 5))
    for labels in (["a", "b"], ["a", "b", "c"]):
        given = [labels[int(position)] for position in np.digitize(faces[:, 0], [-0.4, 0.4][: len(labels) - 1])]
        probe = Probe(faces, given, seed=0)
        scores = probe.scores(faces)
        assert sorted(scores) == labels
        read = np.array(list(scores))[np.argmax(list(scores.values()), axis=0)]
        # A machine of several labels reads by votes of pairs, its scores break their ties.
        assert np.mean(read == probe.predict(faces)) > 0.97
        if len(labels) == 2:
            np.testing.assert_array_equal(scores["a"], -scores["b"])
