"""Ridge regression from sums of products, and the axes and modes that its weights are taken apart into."""

import pytest
import torch

from speech2face.learning.decoder.ridge import FaceBatch, Ridge, orthonormal_modes, principal_axes


@pytest.fixture
def drawn():
    """Embeddings with a weighted mean of 0, targets, weights."""
    generator = torch.Generator().manual_seed(0)
    inputs, weight = torch.randn(60, 8, generator=generator), torch.rand(60, generator=generator)
    inputs -= (weight @ inputs) / weight.sum()
    return inputs, torch.randn(60, 20, generator=generator), weight


def fitted(inputs, targets, weight):
    parts = (slice(50), slice(50, None))
    return Ridge.of(FaceBatch(embedding=inputs[p], targets=targets[p], weight=weight[p]) for p in parts)


@pytest.mark.parametrize("penalty", [1e-6, 3.0, 1000.0])
def test_weights_solve_the_weighted_normal_equations(drawn, penalty):
    inputs, targets, weight = (part.double() for part in drawn)
    ridge = fitted(*drawn)
    mean = (weight @ targets) / weight.sum()
    weighted = (inputs * weight[:, None]).T
    expected = torch.linalg.solve(weighted @ inputs + penalty * torch.eye(8), weighted @ (targets - mean))
    torch.testing.assert_close(ridge.weights(penalty), expected.float(), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(ridge.mean, mean.float(), atol=1e-6, rtol=1e-5)
    predicted = (mean + inputs @ expected).float()
    torch.testing.assert_close(ridge.predict(drawn[0], penalty), predicted, atol=1e-5, rtol=1e-4)


def test_a_face_without_weight_does_not_count(drawn):
    inputs, targets, weight = drawn
    kept = weight > 0.5
    inputs = inputs - (weight[kept] @ inputs[kept]) / weight[kept].sum()
    without = Ridge.of([FaceBatch(embedding=inputs[kept], targets=targets[kept], weight=weight[kept])])
    nothing = fitted(inputs, targets, weight * kept)
    torch.testing.assert_close(nothing.weights(3.0), without.weights(3.0), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("penalty", [0.5, 30.0])
def test_what_is_left_of_a_face_is_as_if_it_had_not_been_there(drawn, penalty):
    inputs, targets, weight = drawn
    left = fitted(*drawn).left_out(FaceBatch(embedding=inputs, targets=targets, weight=weight), penalty)
    known = torch.nn.functional.pad(inputs, (1, 0), value=1.0).double()
    shrink = penalty * torch.diag(torch.tensor([0.0] + 8 * [1.0], dtype=torch.float64))
    for face in (0, 59):
        others = weight.double().clone()
        others[face] = 0
        weighted = (known * others[:, None]).T
        predicted = known[face] @ torch.linalg.solve(weighted @ known + shrink, weighted @ targets.double())
        torch.testing.assert_close(left[face], (targets[face] - predicted).float(), atol=1e-4, rtol=1e-4)


def test_principal_axes_hold_the_most_of_the_variation(drawn):
    inputs, _, weight = drawn
    wide = inputs * torch.arange(1, 9)
    axes = principal_axes(wide, weight, 3)
    torch.testing.assert_close(axes.T @ axes, torch.eye(3), atol=1e-5, rtol=0)
    strongest = torch.linalg.svdvals(wide * weight[:, None].sqrt())[:3].square()
    torch.testing.assert_close((weight @ (wide @ axes).square()), strongest, atol=1e-3, rtol=1e-4)


def test_without_faces_there_is_no_fit():
    with pytest.raises(ValueError, match="no face to fit"):
        Ridge.of([])


def test_distances_along_axes_are_those_along_modes(drawn):
    inputs, *_ = drawn
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
