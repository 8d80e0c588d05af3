"""Candidates of speakers, and the similarity of predictions and faces."""

import numpy as np
import pandas as pd

from speech2face.evaluation.metrics.groups import GROUP, SEX, others_alike, similarity_table
from speech2face.evaluation.predictions.schema import Prediction

CLIPS = pd.DataFrame(
    {
        "sex": ["female", "female", "female", "male", "female"],
        "age": [24.0, 29.9, 30.0, 25.0, None],
        "ethnicity": ["asian", "asian", "asian", "asian", "asian"],
    }
)


def pairs(attributes: tuple[str, ...], speakers: list[int]) -> set[tuple[int, int]]:
    alike = others_alike(CLIPS, np.array(speakers), attributes)
    assert (alike == alike.T).all()
    return {(int(i), int(j)) for i, j in np.argwhere(alike) if i < j}


def test_others_alike_by_hand():
    everyone = {(i, j) for i in range(5) for j in range(i + 1, 5)}
    assert pairs((), [0, 1, 2, 3, 4]) == everyone
    assert pairs(SEX, [0, 1, 2, 3, 4]) == {(i, j) for i, j in everyone if 3 not in (i, j)}
    # 29.9 and 30 are of two decades; an age that is not known is in none.
    assert pairs(GROUP, [0, 1, 2, 3, 4]) == {(0, 1)}


def test_nobody_is_another_of_oneself_and_unknown_labels_are_like_none():
    assert pairs(SEX, [0, 0, 1, 2, 3]) == {(0, 2), (1, 2), (0, 4), (1, 4), (2, 4)}
    unknown = pd.DataFrame({"sex": [None, None], "age": [None, None], "ethnicity": [None, None]})
    assert not others_alike(unknown, np.arange(2), SEX).any()
    assert others_alike(unknown, np.arange(2), ()).sum() == 2


def test_equal_answers_are_equally_similar_wherever_they_stand():
    rng = np.random.default_rng(0)
    faces = rng.normal(size=(157, 128)).astype(np.float32)
    always = similarity_table(
        Prediction.complete("mean", np.tile(rng.normal(size=128).astype(np.float32), (157, 1))), faces
    )
    assert (always == 0).all()
    two = rng.normal(size=(2, 128)).astype(np.float32)
    table = similarity_table(Prediction.complete("of_sex", two[np.arange(157) % 2]), faces)
    assert len(np.unique(table, axis=0)) == 2


def test_a_missing_answer_is_less_similar_than_any():
    faces = np.random.default_rng(1).normal(size=(4, 3))
    table = similarity_table(Prediction(name="a", embeddings=faces, found=np.array([True, False, True, True])), faces)
    assert (table[1] == -np.inf).all()
    assert np.isfinite(table[[0, 2, 3]]).all()
    assert (np.diag(table)[[0, 2, 3]] > 0.8).all()
    none = similarity_table(Prediction(name="a", embeddings=faces, found=np.zeros(4, bool)), faces)
    assert (none == -np.inf).all()
