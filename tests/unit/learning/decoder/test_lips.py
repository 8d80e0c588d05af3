"""Lips that would cross are parted; mouths that are open, and all else of a face, stay as they are."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from speech2face.data.faces.landmarks import INNER_LIPS
from speech2face.learning.decoder.lips import LOWER_LIP, UPPER_LIP, separate_lips
from tests.unit.learning.decoder.made_faces import face

MEAN = face()
GAPS = MEAN[LOWER_LIP, 1] - MEAN[UPPER_LIP, 1]
THREE_GAPS = st.tuples(*[st.floats(-1, 2, width=32)] * 3)


def mouth(*gaps: float) -> torch.Tensor:
    """The mean face with its inner lips so many of its own gaps apart, 61 and 67 first; below 0 they cross."""
    landmarks = MEAN.clone()
    middle = (MEAN[UPPER_LIP, 1] + MEAN[LOWER_LIP, 1]) / 2
    landmarks[UPPER_LIP, 1] = middle - torch.tensor(gaps) * GAPS / 2
    landmarks[LOWER_LIP, 1] = middle + torch.tensor(gaps) * GAPS / 2
    return landmarks


def gaps_of(landmarks: torch.Tensor) -> torch.Tensor:
    return (landmarks[..., LOWER_LIP, 1] - landmarks[..., UPPER_LIP, 1]) / GAPS


@given(THREE_GAPS)
def test_each_pair_is_at_least_a_quarter_of_its_usual_gap_apart(gaps: tuple[float, ...]) -> None:
    parted = separate_lips(mouth(*gaps)[None], MEAN)[0]
    torch.testing.assert_close(gaps_of(parted), torch.tensor(gaps).clamp_min(0.25), atol=1e-4, rtol=0)


@given(THREE_GAPS)
def test_lips_part_from_their_middle_and_nothing_else_moves(gaps: tuple[float, ...]) -> None:
    before = mouth(*gaps)
    moved = separate_lips(before[None], MEAN)[0] - before
    torch.testing.assert_close(moved[UPPER_LIP], -moved[LOWER_LIP], atol=1e-6, rtol=0)
    assert (moved[LOWER_LIP, 1] >= 0).all()
    assert not moved[:, 0].any()
    moved[UPPER_LIP + LOWER_LIP] = 0
    assert not moved.any()


def test_open_mouths_stay_as_they_are_to_the_bit() -> None:
    faces = torch.stack([face(seed) for seed in range(20)])
    assert torch.equal(separate_lips(faces, MEAN), faces)


def test_each_face_of_a_batch_has_its_own_lips() -> None:
    parted = separate_lips(torch.stack([mouth(1, 1, 1), mouth(-0.5, 1, 1), mouth(1, 1, 0.5)]), MEAN)
    expected = torch.tensor([[1, 1, 1], [0.25, 1, 1], [1, 1, 0.5]])
    torch.testing.assert_close(gaps_of(parted), expected, atol=1e-4, rtol=0)


def test_a_pair_are_the_inner_lips_one_above_the_other() -> None:
    assert {*UPPER_LIP, *LOWER_LIP} == {*range(68)[INNER_LIPS]} - {60, 64}
    torch.testing.assert_close(MEAN[UPPER_LIP, 0], MEAN[LOWER_LIP, 0], atol=0.01, rtol=0)
    assert (GAPS > 0.01).all()
