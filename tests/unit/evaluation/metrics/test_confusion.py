"""Confusion matrices over speakers, and what can be said of a whole one."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from speech2face.base.intervals import mean_of_speakers
from speech2face.evaluation.metrics.confusion import AGREEMENTS, confusion, measure, ratio_of_speakers
from tests.unit.evaluation.metrics.readable import SETTINGS, write_world


def matrix(rows, columns, speakers):
    rows, columns = (np.array(labels, object) for labels in (rows, columns))
    return confusion(rows, columns, np.array(speakers), np.random.default_rng(0), 200)


def ratio(part, whole):
    return ratio_of_speakers(np.array(part), np.array(whole), np.random.default_rng(0), 200)


def test_matrix_by_hand():
    # Speaker 0 counts half in each row, speaker 3 is the only other one of row m.
    found = matrix(["f", "m", "f", "f", "m"], ["f", "f", "f", "m", "m"], [0, 0, 1, 2, 3])
    assert found["f.f"].value == pytest.approx(100 * 1.5 / 2.5)
    assert found["f.m"].value == pytest.approx(100 * 1 / 2.5)
    assert found["m.f"].value == pytest.approx(100 * 0.5 / 1.5)
    assert found["m.m"].value == pytest.approx(100 * 1 / 1.5)
    assert (found["f.f"].n, found["m.m"].n) == (3, 2)
    assert found["agreement"].value == pytest.approx(100 * 2.5 / 4)
    assert found["majority"].value == pytest.approx(100 * 2.5 / 4)
    assert found["balanced_agreement"].value == pytest.approx(50 * (1.5 / 2.5 + 1 / 1.5))
    assert found["balanced_majority"].value == 50


def test_a_row_of_nobody_is_left_out_and_a_label_of_columns_only_is_not():
    found = matrix(["20", "20"], ["20", "30"], [0, 1])
    assert set(found) == {"20.20", "20.30", *AGREEMENTS}


def test_a_face_that_was_not_found_agrees_with_nothing():
    found = matrix(["f", "f", None], ["f", None, "f"], [0, 1, 2])
    assert set(found) == {"f.f", *AGREEMENTS}
    assert found["f.f"].value == found["agreement"].value == 50
    assert found["agreement"].n == 2
    with pytest.raises(ValueError, match="at least one clip"):
        matrix([None], ["f"], [0])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=3, max_size=30))
def test_cells_are_scikit_learns_and_hold_together(clips):
    rows, columns = (np.array(labels) for labels in zip(*clips, strict=True))
    labels = sorted({*rows, *columns})
    assume(len(labels) > 1)
    speakers = np.arange(len(clips)) // 2
    found = matrix(rows, columns, speakers)
    weights = 1 / np.bincount(speakers)[speakers]
    expected = 100 * confusion_matrix(rows, columns, labels=labels, sample_weight=weights, normalize="true")
    present = sorted(set(rows))
    for row in present:
        for position, column in enumerate(labels):
            assert found[f"{row}.{column}"].value == pytest.approx(expected[labels.index(row), position])
    diagonal = [found[f"{row}.{row}"].value for row in present]
    assert min(diagonal) - 1e-9 <= found["agreement"].value <= max(diagonal) + 1e-9
    assert found["balanced_agreement"].value == pytest.approx(np.mean(diagonal))
    assert all(measure.low <= measure.high for measure in found.values())


def test_a_ratio_of_equal_wholes_is_the_mean_with_its_interval():
    part = np.random.default_rng(1).uniform(size=30)
    mean = mean_of_speakers(100 * part, np.random.default_rng(0), 200)
    assert ratio(part, np.ones(30)).as_dict() == pytest.approx(mean.as_dict())


def test_a_share_without_spread_is_not_certain():
    none = ratio([0, 0, 0.0], [1, 0.5, 0])
    assert (none.value, none.low, none.n) == (0, 0, 2)
    assert none.high > 60
    every = ratio([1, 0.5], [1, 0.5])
    assert (every.value, every.high) == (100, 100)
    assert every.low < 40
    half = ratio([0.5], [1.0])
    assert (half.value, half.low, half.high, half.n) == (50, 0, 100, 1)


def test_measures_of_a_world_that_tells_everything(tmp_path: Path):
    paths = write_world(tmp_path)
    found = measure(**paths, settings=SETTINGS, seed=5)
    for what in ("faces", "f2f"):
        assert found[f"{what}.confusion.sex.female.female"].value == 100
        assert found[f"{what}.confusion.sex.female.female"].low < 50
        assert found[f"{what}.confusion.ethnicity.agreement"].value == 100
    # Women are speakers 0, 2 and 4, of whom the first looks like a man; speaker 1 shows no face.
    for what in ("s2f_pictures", "f2f_s2f"):
        assert found[f"{what}.confusion.sex.female.male"].value == pytest.approx(100 / 3)
        assert found[f"{what}.confusion.sex.male.male"].n == 3
        assert found[f"{what}.confusion.sex.male.male"].value == pytest.approx(100 * 2 / 3)
        assert found[f"{what}.confusion.sex.male.female"].value == 0
        assert found[f"{what}.confusion.sex.agreement"].value == pytest.approx(100 * 4 / 6)
        assert found[f"{what}.confusion.sex.majority"].value == 50
    assert found["f2f.confusion.age_band.agreement"].value == 100
    assert found == measure(**paths, settings=SETTINGS, seed=5)
