"""Faces drawn for voices: around what the voice predicts, as wide as what it leaves open."""

import numpy as np
import pytest

from speech2face.evaluation.reconstructions.samples import fit_left_open

PEOPLE = 4000


@pytest.fixture
def faces():
    return 1.0 + np.random.default_rng(0).normal(size=(PEOPLE, 3)) * [2.0, 1.0, 0.5]


def drawn(opened, predicted):
    return opened.sample(np.repeat(predicted[None], PEOPLE, axis=0), np.random.default_rng(1))


def test_what_voices_explain_is_left_out_of_the_spread(faces):
    # Voices tell the first number and predict it twice as large as it is.
    predicted = 1.0 + (faces - 1) * [2.0, 0.0, 0.0]
    opened = fit_left_open(faces, predicted, faces)
    assert opened.slope == pytest.approx(0.5, abs=0.01)
    draws = drawn(opened, np.array([5.0, 1.0, 1.0]))
    np.testing.assert_allclose(draws.mean(axis=0), [3.0, 1.0, 1.0], atol=0.1)
    np.testing.assert_allclose(draws.std(axis=0), [0.0, 1.0, 0.5], atol=0.1)


def test_voices_that_tell_nothing_leave_everything_open(faces):
    predicted = np.random.default_rng(2).permutation(faces)
    opened = fit_left_open(faces, predicted, faces)
    assert abs(opened.slope) < 0.05
    draws = drawn(opened, predicted[0])
    np.testing.assert_allclose(draws.std(axis=0), faces.std(axis=0), rtol=0.05)
    assert draws.dtype == np.float32


def test_draws_are_as_far_from_each_other_as_from_the_truth(faces):
    rng = np.random.default_rng(3)
    predicted = faces + rng.normal(size=faces.shape)
    opened = fit_left_open(faces[:2000], predicted[:2000], faces[:2000])
    one, other = (opened.sample(predicted[2000:], rng) for _ in range(2))
    apart, off = ((one - other) ** 2).sum(axis=1).mean(), ((one - faces[2000:]) ** 2).sum(axis=1).mean()
    assert apart == pytest.approx(off, rel=0.1)
