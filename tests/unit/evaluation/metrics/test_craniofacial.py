"""Craniofacial measures: of a face measured by hand, of turned ones, and correlations against SciPy's."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, permutation_test

from speech2face.base.shards import array_field, write_shard
from speech2face.config import Metrics
from speech2face.data.faces.landmarks import LANDMARKS, MIRRORED
from speech2face.evaluation import paper
from speech2face.evaluation.metrics import craniofacial
from speech2face.evaluation.metrics.craniofacial import (
    RATIOS,
    SITES,
    Pairs,
    correlation,
    holm,
    p_values,
    proportions,
    shuffled_correlations,
)

SETTINGS = Metrics(bootstrap=200, galleries=1, ranks=(1,), percentages=(1,))

# y is down. The eyes are 100 apart at their outer corners, and level.
PLACES = {
    36: (0, 0), 37: (10, -5), 38: (20, -5), 39: (30, 0), 40: (20, 5), 41: (10, 5),
    42: (70, 0), 43: (80, -5), 44: (90, -5), 45: (100, 0), 46: (90, 5), 47: (80, 5),
    27: (50, 0), 31: (35, 45), 33: (50, 50), 35: (65, 45),
    48: (25, 80), 49: (36, 72), 50: (45, 68), 51: (50, 70), 52: (55, 68), 53: (64, 76), 54: (75, 80), 57: (50, 98),
    62: (50, 80), 66: (50, 84), 1: (-20, 10), 15: (105, 10), 4: (0, 90), 8: (50, 132), 12: (80, 90),
}  # fmt: skip
BY_HAND = {
    "upper_lip_height": 32 / 100,  # to the middle between the lips, at 82
    "lateral_upper_lip_heights": ((72 - 45) + (76 - 45)) / 2 / 100,
    "jaw_width": 80 / 100,
    "nose_height": 50 / 100,
    "nose_width": 30 / 100,
    "labio_oral_region": 50 / 100,
    "mandibular_index": 50 / 80,
    "intercanthal_index": 40 / 100,
    "nasal_index": 30 / 50,
    "vermilion_height_index": 12 / 16,
    "mouth_face_width_index": 50 / 125,
    "nose_area": 50 * 30 / 100**2,
    "philtrum_width": 10 / 100,
}


def hand_made() -> np.ndarray:
    """The face of `PLACES`; landmarks that no measure reads are far away."""
    points = np.full((LANDMARKS, 2), 900.0)
    points[list(PLACES)] = list(PLACES.values())
    return points


def test_a_face_measured_by_hand() -> None:
    found = dict(zip((ratio.name for ratio in RATIOS), proportions(hand_made()[None])[0], strict=True))
    assert found == pytest.approx(BY_HAND)


def test_the_measures_are_the_papers_in_its_order_and_say_what_they_are() -> None:
    assert [ratio.name for ratio in RATIOS] == list(paper.CRANIOFACIAL)
    formulas = {ratio.name: ratio.formula for ratio in RATIOS}
    assert formulas["nasal_index"] == "al-al / n-sn"
    assert formulas["nose_area"] == "n-sn × al-al / (ex-ex × ex-ex)"
    used = {site for ratio in RATIOS for name in (*ratio.above, *ratio.below) for site in name.split("-")}
    assert used == set(SITES)


@given(st.floats(-np.pi, np.pi), st.floats(0.01, 100), st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)))
def test_turn_scale_and_place_do_not_count(angle: float, scale: float, shift: tuple[float, float]) -> None:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = scale * (hand_made() @ turn.T + shift)
    np.testing.assert_allclose(proportions(moved[None])[0], list(BY_HAND.values()), rtol=1e-7)


def test_a_mirrored_face_measures_the_same() -> None:
    points = hand_made()
    np.testing.assert_allclose(proportions((points[MIRRORED] * (-1, 1))[None])[0], list(BY_HAND.values()))


def test_points_that_are_no_face_give_no_number() -> None:
    assert np.isnan(proportions(np.ones((1, LANDMARKS, 2)))).all()
    closed = hand_made()
    closed[[62, 66, 57]] = 50, 90
    missing = np.isnan(proportions(closed[None])[0])
    assert [ratio.name for ratio, gone in zip(RATIOS, missing, strict=True) if gone] == ["vermilion_height_index"]


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


def test_holm_by_hand() -> None:
    # 0.01 x 4, 0.02 x 3, 0.03 x 2 and 0.04 x 1, none below the one before.
    assert holm(np.array([0.03, 0.01, 0.04, 0.02])) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm(np.array([0.5, 0.9, 0.001])) == pytest.approx([1, 1, 0.003])


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
