"""Membership: errors that tell training people from others are found, and errors that do not are not."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from speech2face.base.files import write_sealed
from speech2face.base.intervals import statistic_of_speakers
from speech2face.base.random import stream
from speech2face.data.splits.share import CALIBRATION, TEST, TRAIN
from speech2face.product.audit import membership as module
from speech2face.product.audit.battery import Verdict
from speech2face.product.audit.membership import Comparison, check_membership, errors_of_people


def errors(advantage: float, members: int = 200, others: int = 100, seed: int = 0) -> pd.DataFrame:
    """Normal errors of made-up people; those of members are smaller by `advantage` standard deviations."""
    rng = np.random.default_rng(seed)
    split = [TRAIN] * members + [TEST] * others
    error = rng.normal(size=members + others) - advantage * (np.array(split) == TRAIN)
    return pd.DataFrame({"split": split, "error": error}, index=[f"p{n:03d}" for n in range(members + others)])


def measured(*folds: pd.DataFrame):
    people = sorted({name for fold in folds for name in fold.index})
    return statistic_of_speakers(Comparison(folds, people).auc, len(people), stream(1, "audit", 1), 300)


def test_the_area_is_the_share_of_pairs_that_the_member_wins():
    fold = pd.DataFrame(
        {"split": [TRAIN, TRAIN, TEST, TEST], "error": [1.0, 2.0, 2.0, 3.0]}, index=["a", "b", "c", "d"]
    )
    comparison = Comparison([fold], list(fold.index))
    assert comparison.auc(np.ones(4)) == 100 * 3.5 / 4
    # Twice the second member, whose pair with the first other is a tie.
    assert comparison.auc(np.array([1.0, 2.0, 1.0, 1.0])) == pytest.approx(100 * 5 / 6)
    assert np.isnan(comparison.auc(np.array([1.0, 1.0, 0.0, 0.0])))


def test_an_advantage_is_measured_and_none_is_none():
    # Two normal distributions a standard deviation apart: 76.0 %.
    some, none = measured(errors(1.0)), measured(errors(0.0))
    assert some.low < 76.0 < some.high and some.low > 60
    assert none.low < 50.0 < none.high
    assert (some.n, none.n) == (300, 300)


def test_pairs_are_of_one_fold_each():
    """The errors of a second fold's model have another level, which says nothing about anybody."""
    first, second = errors(0.0), errors(0.0, seed=1)
    second["error"] += 100
    second["split"] = [TEST] * 200 + [TRAIN] * 100
    both = measured(first, second)
    assert both.low < 50.0 < both.high


def test_errors_are_of_people_and_calibration_people_are_left_out(monkeypatch):
    index = pd.DataFrame(
        {"speaker_id": ["a", "a", "b", "c"], "split": [TRAIN, TRAIN, TEST, CALIBRATION], "clip_id": list("wxyz")}
    )
    model = SimpleNamespace(spread=torch.tensor(2.0), mean=torch.ones(2))
    true = np.array([[1, 1], [5, 1], [1, 3]], np.float32)
    # Half as far from the mean as the truth, which a common factor makes up for; and the last points elsewhere.
    told = np.array([[1, 1], [3, 1], [1, 1]], np.float32)
    monkeypatch.setattr(module, "mapped_arrays", lambda rows, folder, column: rows["clip_id"].tolist())
    monkeypatch.setattr(module, "gather_arrays", lambda rows, folder, column: true[: len(rows)])
    monkeypatch.setattr(module, "embed_voices", lambda model, sound: told[: len(sound)])
    found = errors_of_people(model, index, Path("clips"), Path("faces"))
    assert found["split"].to_dict() == {"a": TRAIN, "b": TEST}
    assert found["error"].to_dict() == pytest.approx({"a": 0.0, "b": 0.5})


def test_a_fold_without_others_is_one_clear_error():
    with pytest.raises(ValueError, match="training split and of the test split"):
        Comparison([errors(0.0, others=0)], [])


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(56.0, 70.0, Verdict.FAILS), (48.0, 59.0, Verdict.HOLDS), (48.0, 62.0, Verdict.UNKNOWN)],
)
def test_verdicts(tmp_path, low, high, verdict):
    auc = {"value": (low + high) / 2, "low": low, "high": high, "n": 300}
    path = tmp_path / "membership.json"
    write_sealed(path, {"auc": auc, "members": 200, "others": 100, "folds": 1, "made_from": []})
    finding = check_membership(path)
    assert finding.verdict == verdict
    assert "200 and 100 people" in finding.says
    json.dumps(finding.numbers)
    assert check_membership(tmp_path / "none.json").verdict == Verdict.UNKNOWN
