"""Proportions: of a face measured by hand, and of turned, scaled and mirrored ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.data.faces.landmarks import LANDMARKS, MIRRORED
from speech2face.evaluation import paper
from speech2face.evaluation.metrics.proportions import RATIOS, SITES, proportions

# y is down. The eyes are 100 apart at their outer corners, and level.
POINTS = {
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
    """The face of `POINTS`; landmarks that no measure reads are far away."""
    points = np.full((LANDMARKS, 2), 900.0)
    points[list(POINTS)] = list(POINTS.values())
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
def test_rotation_scale_and_position_do_not_count(angle: float, scale: float, shift: tuple[float, float]) -> None:
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
