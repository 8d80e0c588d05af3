"""Glasses: symmetric, one rim around each eye and in front of it, of a shape that the seed decides."""

import numpy as np
import pytest

from speech2face.data.talkers.glasses import glasses_pieces
from speech2face.data.talkers.head import Head, HeadModel, HeadShape


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Head:
    return HeadModel.load(tmp_path_factory.mktemp("model")).head(HeadShape(phenotypes={"age": 2 / 3}))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_rim_lies_around_each_eye_and_in_front_of_it(head: Head, seed: int) -> None:
    left, left_temple, right, right_temple, bridge = (piece.canonical for piece in glasses_pieces(seed, head))
    mirrored = left * [-1, 1, 1]
    assert np.linalg.norm(mirrored[:, None] - right, axis=2).min(axis=1).max() < 1e-9
    np.testing.assert_allclose(left_temple * [-1, 1, 1], right_temple, atol=1e-9)
    for rim in (left, right):
        eye = min(head.eye_centres, key=lambda centre: abs(centre[0] - rim[:, 0].mean()))
        assert (rim.min(axis=0)[:2] < eye[:2]).all()
        assert (eye[:2] < rim.max(axis=0)[:2]).all()
        assert (rim[:, 2] > eye[2]).all()
    assert left[:, 0].max() <= bridge[:, 0].min() + 0.05
    # Temples begin at the rims and end behind the eyes.
    assert left_temple[:, 2].max() == pytest.approx(left[:, 2].min(), abs=0.05)
    assert left_temple[:, 2].min() < head.eye_centres[:, 2].min()


def test_the_seed_decides_the_shape(head: Head) -> None:
    one, again, other = (glasses_pieces(seed, head)[0].canonical for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 1e-3
