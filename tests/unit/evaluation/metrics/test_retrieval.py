"""Recall at K against hand-computed cases, and its chance level and its maximum."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.metrics import top_k_accuracy_score
from sklearn.metrics.pairwise import cosine_similarity

from speech2face.config import load_config
from speech2face.data.sources.manifest import LABELS
from speech2face.evaluation.metrics.retrieval import (
    SIMILARITIES,
    cosine,
    hits_at,
    l1,
    l2,
    measure,
    one_clip_each,
    other_clip_each,
    percent_to_rank,
    recall_scores,
)
from speech2face.evaluation.predictions.schema import Prediction, write_predictions
from tests.conftest import ROOT


def test_hits_by_hand():
    similarity = np.array([[0.9, 0.1, 0.2], [0.8, 0.5, 0.1], [0.3, 0.2, 0.1]])
    assert hits_at(similarity, 1).tolist() == [1, 0, 0]
    assert hits_at(similarity, 2).tolist() == [1, 1, 0]
    assert hits_at(similarity, 3).tolist() == [1, 1, 1]


@given(st.integers(2, 40), st.integers(1, 40))
def test_constant_answer_scores_chance(n, k):
    assert hits_at(np.zeros((n, n)), k) == pytest.approx(min(1, k / n))


def test_missing_picture_never_hits():
    similarity = np.full((3, 3), np.nan)
    assert hits_at(similarity, 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("mine", "name"), [(l2, "euclidean"), (l1, "cityblock"), (cosine, "cosine")])
def test_similarities_order_like_scipy(mine, name):
    rng = np.random.default_rng(0)
    queries, gallery = rng.normal(size=(7, 5)), rng.normal(size=(9, 5))
    offset = 1 if name == "cosine" else 0
    np.testing.assert_allclose(offset - mine(queries, gallery), cdist(queries, gallery, name), atol=1e-12)


@pytest.mark.parametrize(
    ("percent", "size", "rank"), [(10, 160, 16), (1, 160, 2), (1, 20, 1), (5, 100, 5), (10, 5000, 500)]
)
def test_percent_to_rank(percent, size, rank):
    assert percent_to_rank(percent, size) == rank


@pytest.mark.parametrize("k", [1, 3, 10])
def test_recall_is_that_of_scikit_learn(k):
    rng = np.random.default_rng(k)
    faces = rng.normal(size=(40, 8))
    voices = faces + rng.normal(size=faces.shape)
    everybody = np.arange(len(faces))
    oracle = top_k_accuracy_score(everybody, cosine_similarity(voices, faces), k=k, labels=everybody)
    assert hits_at(SIMILARITIES["raw_cosine"](voices, faces), k).mean() == pytest.approx(oracle)


def test_galleries_hold_one_clip_of_each_speaker():
    speakers = np.array([0, 0, 0, 1, 2, 2])
    galleries = one_clip_each(speakers, np.random.default_rng(1), 50)
    assert (speakers[galleries] == [0, 1, 2]).all()
    assert set(galleries[:, 0]) == {0, 1, 2}


def test_other_clips_are_of_the_same_people_and_never_the_same():
    speakers = np.array([0, 0, 0, 1, 2, 2])
    rng = np.random.default_rng(1)
    galleries, others = other_clip_each(speakers, one_clip_each(speakers, rng, 50), rng)
    # Speaker 1 has one clip.
    assert (speakers[galleries] == [0, 2]).all() and (speakers[others] == [0, 2]).all()
    assert (galleries != others).all()
    assert set(zip(galleries[:, 0].tolist(), others[:, 0].tolist(), strict=True)) == {
        (a, b) for a in range(3) for b in range(3) if a != b
    }


def test_people_with_one_clip_have_no_other():
    galleries, others = other_clip_each(np.arange(3), np.tile(np.arange(3), (2, 1)), np.random.default_rng(0))
    assert galleries.shape == others.shape == (2, 0)


@pytest.mark.parametrize("name", SIMILARITIES)
def test_perfect_answers_score_one_and_shuffled_ones_chance(name):
    rng = np.random.default_rng(2)
    faces = rng.normal(size=(200, 16))
    galleries = one_clip_each(np.arange(200), rng, 10)
    every = np.ones(200, bool)
    perfect = recall_scores(faces, faces, every, galleries, SIMILARITIES[name], {"r1": 1})
    # Exactly: an interval opens only where every speaker scores 1, and ten tenths are less.
    assert (perfect["r1"] == 1).all()
    shuffled = recall_scores(rng.permutation(faces), faces, every, galleries, SIMILARITIES[name], {"r20": 20})
    assert abs(shuffled["r20"].mean() - 0.1) < 0.07


def test_speakers_without_an_answer_count_as_misses():
    faces = np.random.default_rng(3).normal(size=(10, 4))
    found = np.arange(10) < 5
    scores = recall_scores(
        faces, faces, found, one_clip_each(np.arange(10), np.random.default_rng(0), 2), cosine, {"r": 1}
    )
    assert scores["r"].tolist() == [1] * 5 + [0] * 5


def test_the_family_measures_every_way_by_every_metric(tmp_path):
    rng = np.random.default_rng(4)
    faces = rng.normal(size=(60, 8)).astype(np.float32)
    clips = pd.DataFrame({"clip_id": [f"c{n}" for n in range(60)], "speaker_id": [f"s{n // 2:02}" for n in range(60)]})
    clips[list(LABELS)] = None
    methods = [
        Prediction.complete("perfect", faces),
        Prediction.complete("constant", np.ones_like(faces)),
        Prediction(name="missing", embeddings=faces, found=np.arange(60) >= 30),
    ]
    write_predictions(tmp_path / "predictions.arrow", clips, faces, methods)
    settings = load_config([ROOT / "config" / "config.yaml"]).metrics.model_copy(update={"bootstrap": 100})
    found = measure(predictions=tmp_path / "predictions.arrow", settings=settings, seed=0)
    chance = found["chance.retrieval.recall_at_10_percent"]
    assert (chance.value, chance.n) == (10, 30)
    assert found["chance.retrieval.other_clip.recall_at_10_percent"].n == 30
    # Each clip has a face of its own here, which says nothing of the other clip's.
    assert found["perfect.retrieval.other_clip.cosine.recall_at_10_percent"].value < 40
    for metric in SIMILARITIES:
        assert found[f"perfect.retrieval.{metric}.recall_at_1"].value == 100
        assert found[f"missing.retrieval.{metric}.recall_at_1"].value == 50
        constant = found[f"constant.retrieval.{metric}.recall_at_10_percent"]
        assert constant.value == pytest.approx(10, abs=8 if metric in ("l1", "l2") else 1e-6)
