"""Craniofacial measures: correlations and permutation tests against SciPy's."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import pearsonr, permutation_test

from speech2face.base.shards import array_field, write_shard
from speech2face.config import Metrics
from speech2face.data.faces.landmarks import LANDMARKS
from speech2face.evaluation import paper
from speech2face.evaluation.metrics import craniofacial
from speech2face.evaluation.metrics.craniofacial import Pairs, correlation, p_values, shuffled_correlations
from tests.unit.evaluation.metrics.test_proportions import hand_made

SETTINGS = Metrics(bootstrap=200, galleries=1, ranks=(1,), percentages=(1,))


def test_correlation_is_scipys_and_weights_are_counts() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=(30, 3))
    second = 0.5 * first + rng.normal(size=(30, 3))
    counts = rng.integers(0, 4, 30)
    for weights in (np.ones(30, int), counts):
        known = [pearsonr(*(np.repeat(side[:, m], weights) for side in (first, second))).statistic for m in range(3)]
        np.testing.assert_allclose(correlation(first, second, weights.astype(float)), known)
    both = correlation(first, np.stack([second, -second]), np.ones(30))
    np.testing.assert_allclose(both[0], -both[1])
    assert both.shape == (2, 3)


def test_what_does_not_vary_has_no_correlation() -> None:
    first = np.random.default_rng(0).normal(size=(9, 2))
    found = correlation(first, first * (1, 0) + 0.1, np.ones(9))
    assert found[0] == pytest.approx(1)
    assert np.isnan(found[1])


def test_p_is_that_of_an_exact_permutation_test() -> None:
    rng = np.random.default_rng(4)
    first = rng.normal(size=(7, 1))
    pairs = Pairs(first=first, second=0.8 * first + rng.normal(size=(7, 1)), speakers=np.arange(7))
    shuffled = shuffled_correlations(pairs, np.random.default_rng(0), 19_999)
    (p,) = p_values(correlation(pairs.first, pairs.second, np.ones(7)), shuffled)
    exact = permutation_test(
        (pairs.first[:, 0],), lambda x: abs(pearsonr(x, pairs.second[:, 0]).statistic), permutation_type="pairings",
        alternative="greater",
    )  # fmt: skip
    assert 0.02 < exact.pvalue < 0.5
    assert p == pytest.approx(exact.pvalue, abs=0.01)


def test_p_is_two_sided_and_never_0() -> None:
    shuffled = np.array([[0.1], [-0.5], [0.3]])
    assert p_values(np.array([0.9]), shuffled) == pytest.approx([1 / 4])
    assert p_values(np.array([-0.4]), shuffled) == pytest.approx([2 / 4])
    # The same correlation but for rounding counts as one as far away.
    assert p_values(np.array([0.5 + 1e-16]), shuffled) == pytest.approx([2 / 4])


def dealt_out(first: list[float], second: list[list[float]]) -> list[float]:
    """Which correlations come out when the speakers' second pictures are dealt out, each once."""
    speakers = np.repeat(np.arange(len(second)), [len(own) for own in second])
    pairs = Pairs(first=np.array(first)[:, None], second=np.hstack(second)[:, None], speakers=speakers)
    found = shuffled_correlations(pairs, np.random.default_rng(1), 2000)
    return sorted(set(found.ravel().round(9)))


def test_the_clips_of_a_speaker_are_dealt_out_together() -> None:
    first, second = [1.0, 1.1, 4.0, 4.2, 6.0, 6.5], [[1.0, 1.3], [5.0, 5.9], [2.0, 2.2]]
    known = {
        round(pearsonr(first, np.hstack(turned)).statistic, 9)
        for order in permutations(second)
        for turned in product(*([own, own[::-1]] for own in order))
    }
    assert dealt_out(first, second) == pytest.approx(sorted(known))


def test_speakers_may_have_different_numbers_of_clips() -> None:
    first = [1.0, 2.0, 3.0, 7.0]
    # The speaker of three clips gets the other's one picture three times, and the other one of the three.
    orders = [[1, 2, 4, 9], [2, 4, 1, 9], [4, 1, 2, 9], [9, 9, 9, 1], [9, 9, 9, 2], [9, 9, 9, 4]]
    known = {round(pearsonr(first, order).statistic, 9) for order in orders}
    assert dealt_out(first, [[1, 2, 4], [9]]) == pytest.approx(sorted(known))


def write(path, shapes: dict[str, list[np.ndarray | None]], speakers: list[str]) -> None:
    """Reconstructions with the columns that the measures read."""
    fields = [array_field(f"{kind}_landmarks", 2 * LANDMARKS, pa.float32()) for kind in shapes]
    columns = {f"{kind}_landmarks": [None if s is None else s.ravel() for s in seen] for kind, seen in shapes.items()}
    rows = pd.DataFrame(columns | {"speaker_id": speakers}).to_dict("records")
    write_shard(path, pa.schema([pa.field("speaker_id", pa.string()), *fields]), rows)


def people(rng: np.random.Generator, clips: int) -> list[np.ndarray | None]:
    """Faces like the hand-made one, each of its own shape."""
    return [(hand_made() + rng.normal(0, 3, (LANDMARKS, 2))) / 1000 for _ in range(clips)]


@pytest.fixture
def few_permutations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(craniofacial, "PERMUTATIONS", 1999)


@pytest.mark.usefixtures("few_permutations")
def test_equal_pictures_agree_and_strangers_do_not(tmp_path) -> None:
    rng = np.random.default_rng(5)
    shapes, path = people(rng, 80), tmp_path / "test.arrow"
    write(path, {"original": people(rng, 80), "f2f": shapes, "s2f": shapes}, [f"t{n // 2}" for n in range(80)])
    found = craniofacial.measure(reconstructions=path, settings=SETTINGS, seed=1)
    for name in (*paper.CRANIOFACIAL, craniofacial.MEAN):
        same, other = (found[f"{method}.craniofacial.{name}.correlation"] for method in ("s2f", "faces_s2f"))
        assert (same.value, same.low, same.high, same.n) == pytest.approx((1, 1, 1, 40))
        assert other.low < other.value < other.high
        random = found[f"random.craniofacial.{name}.correlation"]
        assert abs(random.value) < 0.02
        assert random.low < -0.04
        assert random.high > 0.04
    for name in paper.CRANIOFACIAL:
        assert found[f"s2f.craniofacial.{name}.p"].value == pytest.approx(1 / 2000)
        corrected = found[f"s2f.craniofacial.{name}.p_corrected"]
        assert (corrected.value, corrected.low, corrected.high) == pytest.approx((13 / 2000,) * 3)
        assert found[f"faces_s2f.craniofacial.{name}.p_corrected"].value > 0.05
    assert abs(found["faces_s2f.craniofacial.mean.correlation"].value) < 0.1
    assert found == craniofacial.measure(reconstructions=path, settings=SETTINGS, seed=1)


@pytest.mark.usefixtures("few_permutations")
def test_only_clips_with_both_faces_count(tmp_path) -> None:
    rng = np.random.default_rng(6)
    shapes, path = people(rng, 14), tmp_path / "test.arrow"
    # One clip of the first speaker and both of the second show no face in the S2F picture.
    s2f = [None, shapes[1], None, None, *shapes[4:]]
    write(path, {"original": people(rng, 14), "f2f": shapes, "s2f": s2f}, [f"t{n // 2}" for n in range(14)])
    found = craniofacial.measure(reconstructions=path, settings=SETTINGS, seed=1)
    assert found["s2f.craniofacial.nasal_index.correlation"].value == pytest.approx(1)
    assert {name: found[f"{name}.craniofacial.nasal_index.correlation"].n for name in craniofacial.COMPARISONS} == {
        "s2f": 6, "faces_s2f": 6, "faces_f2f": 7,
    }  # fmt: skip


@pytest.mark.usefixtures("few_permutations")
def test_what_cannot_be_measured_is_left_out(tmp_path) -> None:
    rng = np.random.default_rng(7)
    shapes, path = people(rng, 3), tmp_path / "test.arrow"
    write(path, {"original": shapes, "f2f": [hand_made()] * 3, "s2f": [None, *shapes[1:]]}, ["a", "b", "c"])
    assert craniofacial.measure(reconstructions=path, settings=SETTINGS, seed=1) == {}
    wide = [hand_made() for _ in range(3)]
    for number, points in enumerate(wide):
        points[12] += number, 0
    write(path, {"original": shapes, "f2f": wide, "s2f": shapes}, ["a", "b", "c"])
    found = craniofacial.measure(reconstructions=path, settings=SETTINGS, seed=1)
    assert {name.split(".")[2] for name in found if name.startswith(("s2f.", "random."))} == {
        "jaw_width", "mandibular_index", "mean"
    }  # fmt: skip
