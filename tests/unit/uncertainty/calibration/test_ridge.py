"""The ridge finds what is there and nothing else, and leaves people out as it says."""

import numpy as np
import pytest

from speech2face.uncertainty.calibration import ridge
from speech2face.uncertainty.calibration.ridge import Ridge


@pytest.mark.parametrize(("people", "features"), [(200, 20), (30, 80)])
def test_noise_gets_the_mean(people, features):
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(people, features)), rng.normal(size=(people, 40))
    linear = Ridge(inputs).fit(targets)
    silent = (linear.weights == 0).all(axis=0)
    assert silent.mean() >= 0.8
    assert np.allclose(linear.offset[silent], targets.mean(axis=0)[silent])


def test_a_line_is_found():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(300, 5)) * [1, 10, 0.1, 1, 1] + 3
    truth = rng.normal(size=(5, 2))
    linear = Ridge(inputs).fit(inputs @ truth + 1 + 0.01 * rng.normal(size=(300, 2)))
    assert np.allclose(linear(inputs), inputs @ truth + 1, atol=0.1)


def test_a_feature_that_never_changes_is_harmless():
    rng = np.random.default_rng(0)
    inputs = np.c_[rng.normal(size=(50, 2)), np.full(50, 7.0)]
    linear = Ridge(inputs).fit(inputs[:, :1])
    assert linear.weights[2] == 0
    assert np.isfinite(linear(inputs)).all()


@pytest.mark.parametrize(("people", "features"), [(12, 4), (8, 20)])
def test_leaving_out_in_closed_form_is_leaving_out(monkeypatch, people, features):
    """With one penalty the losses compared are those of fits to all others."""
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(people, features))
    targets = inputs[:, :1] + rng.normal(size=(people, 1))
    inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    seen = []
    monkeypatch.setattr(ridge, "PENALTIES", (0.5,))
    monkeypatch.setattr(
        ridge, "_largest_not_worse", lambda losses: seen.append(losses) or np.zeros(losses.shape[2], int)
    )
    Ridge(inputs).fit(targets)
    for left_out in range(people):
        keep = np.arange(people) != left_out
        # The same standardisation and the same penalty for all fits, as the closed form has it.
        x, centre = inputs[keep] - inputs[keep].mean(axis=0), inputs[keep].mean(axis=0)
        y = targets[keep] - targets[keep].mean(axis=0)
        weights = np.linalg.solve(x.T @ x + 0.5 * people * np.eye(features), x.T @ y)
        error = targets[left_out] - targets[keep].mean(axis=0) - (inputs[left_out] - centre) @ weights
        assert seen[0][0, left_out, 0] == pytest.approx(float(error[0] ** 2), rel=1e-6)
