"""Ridge regression from sums of products, and the axes and modes that its weights are taken apart into."""

import pytest
import torch

from speech2face.learning.decoder.ridge import Ridge, orthonormal_modes


@pytest.fixture
def drawn():
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(60, 8, generator=generator)
    return inputs - inputs.mean(dim=0), torch.randn(60, 20, generator=generator)


@pytest.mark.parametrize("penalty", [1e-6, 3.0, 1000.0])
def test_weights_solve_the_normal_equations(drawn, penalty):
    inputs, targets = drawn
    ridge = Ridge.of([(inputs[:50], targets[:50]), (inputs[50:], targets[50:])])
    square = inputs.T.double() @ inputs.double() + penalty * torch.eye(8)
    expected = torch.linalg.solve(square, inputs.T.double() @ targets.double())
    torch.testing.assert_close(ridge.weights(penalty), expected)


def test_without_faces_there_is_no_fit():
    with pytest.raises(ValueError, match="no face to fit"):
        Ridge.of([])


def test_distances_along_axes_are_those_along_modes(drawn):
    inputs, _ = drawn
    weights = torch.randn(8, 30, generator=torch.Generator().manual_seed(1))
    axes, modes = orthonormal_modes(weights)
    torch.testing.assert_close(axes @ modes, weights, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(modes @ modes.T, torch.eye(8), atol=1e-5, rtol=0)
    torch.testing.assert_close((inputs @ axes).norm(dim=1), (inputs @ weights).norm(dim=1), atol=1e-4, rtol=1e-4)
    strength = axes.norm(dim=0)
    assert (strength[:-1] >= strength[1:]).all()


def test_directions_that_draw_nothing_are_zero():
    generator = torch.Generator().manual_seed(1)
    weights = torch.randn(8, 2, generator=generator) @ torch.randn(2, 30, generator=generator)
    axes, modes = orthonormal_modes(weights)
    assert (axes.norm(dim=0) > 0).sum() == (modes.norm(dim=1) > 0).sum() == 2
    torch.testing.assert_close(axes @ modes, weights, atol=1e-4, rtol=1e-4)
