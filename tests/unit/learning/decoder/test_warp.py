"""The spline warp: exact where it must be, smooth elsewhere, with gradients that are its own."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import RBFInterpolator

from speech2face.learning.decoder.warp import (
    SMOOTHING,
    boundary_points,
    move_pixels,
    spline_basis,
    spline_displacements,
    warp,
)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def scattered(seed: int, count: int = 12, batch: int = 1) -> torch.Tensor:
    """Control points well inside the picture, none too near another: a jittered 4 x 4 grid, shuffled."""
    generator = torch.Generator().manual_seed(seed)
    grid = torch.cartesian_prod(torch.arange(4), torch.arange(4)).double() / 4 + 0.125
    chosen = torch.stack([grid[torch.randperm(16, generator=generator)[:count]] for _ in range(batch)])
    return chosen + 0.16 * (torch.rand(batch, count, 2, generator=generator, dtype=torch.float64) - 0.5)


def noise(seed: int, *shape: int, scale: float = 1.0) -> torch.Tensor:
    return scale * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def blobs(points: torch.Tensor, size: int, width: float = 0.03) -> torch.Tensor:
    """A picture with a Gaussian blob of its own colour channel at each of three points."""
    along = (torch.arange(size, dtype=torch.float64) + 0.5) / size
    squared = (along[None, None, :] - points[:, 0, None, None]) ** 2 + (
        along[None, :, None] - points[:, 1, None, None]
    ) ** 2
    return torch.exp(-squared / (2 * width**2))[None]


def ramps(size: int) -> torch.Tensor:
    """A picture whose channels are x, y and their sum at the centre of each pixel."""
    along = (torch.arange(size, dtype=torch.float64) + 0.5) / size
    x, y = along.expand(size, size), along[:, None].expand(size, size)
    return torch.stack([x, y, x + y])[None]


@given(st.integers(0, 10**6))
def test_displacements_are_exact_at_the_control_points(seed: int) -> None:
    controls, displacements = scattered(seed, batch=2), noise(seed, 2, 12, 2, scale=0.05)
    for number in range(2):
        found = spline_displacements(controls, displacements, controls[number])[number]
        torch.testing.assert_close(found, displacements[number], atol=2e-5, rtol=0)


@given(st.integers(0, 10**6))
def test_affine_motions_of_all_points_move_everything_so(seed: int) -> None:
    controls, linear, shift = scattered(seed), noise(seed, 2, 2, scale=0.3), noise(seed + 1, 2)
    points = noise(seed + 2, 50, 2)
    found = spline_displacements(controls, controls @ linear + shift, points)[0]
    torch.testing.assert_close(found, points @ linear + shift, atol=1e-9, rtol=0)


@given(st.integers(0, 10**6))
def test_displacements_are_scipys(seed: int) -> None:
    controls, displacements = scattered(seed), noise(seed, 1, 12, 3, scale=0.1)
    points = torch.rand(200, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    reference = RBFInterpolator(
        controls[0].numpy(), displacements[0].numpy(), kernel="thin_plate_spline", degree=1, smoothing=SMOOTHING
    )
    expected = torch.from_numpy(reference(points.numpy()))
    torch.testing.assert_close(spline_displacements(controls, displacements, points)[0], expected, atol=1e-10, rtol=0)
    exact = RBFInterpolator(controls[0].numpy(), displacements[0].numpy(), kernel="thin_plate_spline", degree=1)
    np.testing.assert_allclose(expected, exact(points.numpy()), atol=1e-4)
    single = spline_displacements(controls.float(), displacements.float(), points.float())[0]
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), expected, atol=1e-5, rtol=0)


def test_points_that_coincide_share_their_displacement() -> None:
    controls = scattered(0)
    controls[0, 1] = controls[0, 0]
    displacements = noise(0, 1, 12, 2, scale=0.01)
    found = spline_displacements(controls, displacements, controls[0])[0]
    assert found.isfinite().all()
    torch.testing.assert_close(found[0], displacements[0, :2].mean(dim=0), atol=1e-4, rtol=0)


def test_control_points_on_one_line_are_refused() -> None:
    along = torch.linspace(0, 1, 5, dtype=torch.float64)
    with pytest.raises(torch.linalg.LinAlgError):
        spline_displacements(torch.stack([along, along], 1)[None], torch.zeros(1, 5, 2), torch.rand(3, 2))


def test_gradients_are_those_of_finite_differences() -> None:
    controls, displacements = scattered(1, 5).requires_grad_(), noise(1, 1, 5, 2, scale=0.05).requires_grad_()
    # One of the points lies on a control point, where the logarithm alone is infinite.
    points = torch.cat([controls[0, :1].detach(), torch.rand(4, 2, dtype=torch.float64)])
    assert torch.autograd.gradcheck(lambda c, d: spline_displacements(c, d, points[1:]), (controls, displacements))
    spline_displacements(controls, displacements, points).sum().backward()
    for grad in (controls.grad, displacements.grad):
        assert grad is not None and grad.isfinite().all()


def test_gradients_of_the_warp_are_those_of_finite_differences() -> None:
    image = noise(2, 1, 3, 6, 5).requires_grad_()
    sources = scattered(2, 4).requires_grad_()
    targets = (sources.detach() + noise(3, 1, 4, 2, scale=0.02)).requires_grad_()
    assert torch.autograd.gradcheck(warp, (image, sources, targets), eps=1e-7, atol=1e-5)


def test_nothing_changes_when_landmarks_do_not_move() -> None:
    image, points = noise(0, 2, 3, 32, 48), scattered(0, batch=2)
    torch.testing.assert_close(warp(image, points, points), image, atol=1e-9, rtol=0)


@given(st.integers(0, 10**6))
def test_what_is_at_the_sources_comes_to_the_targets(seed: int) -> None:
    size = 64
    pixels = (scattered(seed)[0] * size).long()
    targets = ((pixels.double() + 0.5) / size)[None]
    sources = targets + 0.06 * (torch.rand(1, 12, 2, generator=torch.Generator().manual_seed(seed)).double() - 0.5)
    moved = warp(ramps(size), sources, targets)[0]
    found = moved[:2, pixels[:, 1], pixels[:, 0]].T
    # The lattice between whose nodes the spline is interpolated costs up to a tenth of a pixel at its points.
    torch.testing.assert_close(found, sources[0], atol=0.1 / size, rtol=0)


def test_pictures_of_any_size_are_warped_alike() -> None:
    sources, targets = scattered(4), scattered(4) + noise(5, 1, 12, 2, scale=0.02)
    small, large = (warp(blobs(sources[0, :3], size, 0.06), sources, targets) for size in (48, 96))
    torch.testing.assert_close(torch.nn.functional.avg_pool2d(large, 2), small, atol=0.02, rtol=0)


def test_the_boundary_stays() -> None:
    assert len(boundary_points().unique(dim=0)) == 16
    assert boundary_points().min() == 0 and boundary_points().max() == 1
    on_edge = ((boundary_points() == 0) | (boundary_points() == 1)).any(dim=1)
    assert on_edge.all()
    image = noise(6, 1, 3, 40, 40)
    image = torch.nn.functional.avg_pool2d(image, 5, stride=1, padding=2)
    points = scattered(7)
    moved = warp(image, points, points + noise(8, 1, 12, 2, scale=0.02))
    change = (moved - image).abs()[0].amax(dim=0)
    corners = change[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.max() < 0.05 * change.max()
    assert change[0].mean() < 0.4 * change.mean()


def test_the_basis_of_fixed_points_makes_the_same_warp() -> None:
    mean, faces = scattered(9).float(), (scattered(9) + noise(10, 3, 12, 2, scale=0.02)).float()
    image = noise(11, 3, 3, 32, 32).float()
    direct = warp(image, faces, mean.expand(3, -1, -1))
    torch.testing.assert_close(move_pixels(image, spline_basis(mean[0]) @ (faces - mean)), direct, atol=1e-4, rtol=0)


def test_reduced_precision_does_not_move_pixels() -> None:
    image, points = noise(0, 1, 3, 32, 32).float(), scattered(0).float()
    targets = points + 0.02
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(
            warp(image, points, targets),
            warp(image.double(), points.double(), targets.double()).float(),
            atol=1e-3,
            rtol=0,
        )
