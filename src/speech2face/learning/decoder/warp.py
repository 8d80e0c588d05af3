"""Differentiable image warping by polyharmonic splines, after Cole et al. (2017).

Points are x, y in parts of the picture's sides, counted from its outer left and upper edges: the centre of
pixel i of n is at (i + 0.5) / n, and a point keeps its coordinates when the picture changes its size.

Direction. To put what is at `sources` of one picture at `targets` of another, each pixel of the new picture
must know where in the old one to look. So the spline is fitted to the displacements sources - targets at
`targets`, in the space of the picture that is made. When a texture in the mean shape is warped to the
landmarks of a face, these differ from face to face, and a spline is fitted and evaluated for each. The other
way, from faces to the mean shape, the control points never change, and the displacements of all pixels are a
fixed linear map of those at the control points: see `spline_basis`.

The spline is evaluated at the nodes of a lattice and interpolated between them. That costs the same for every
size of picture (at 128 pixels a seventh of all pixels, at 224 a twentieth), and the displacements in a crop of 128
pixels are off by 0.005 pixels in the mean and by more than 0.05 in less than a hundredth of the pixels.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

# Zero-displacement points on each edge of the picture, one corner included: 16 around it.
_POINTS_PER_EDGE = 4

# Added to the diagonal of the kernel matrix, in squared sides of the picture: control points that coincide (a
# closed mouth) then share the mean of their displacements, where an exact spline does not exist. Points apart
# are missed by about 1e-5 sides.
SMOOTHING = 1e-6

# A squared distance as good as none; not added to others, which a compiler would take for adding zero.
_SQUARED_ZERO = 1e-30

# Cells of the lattice along each side.
_CELLS = 48


def spline_displacements(
    controls: Float[Tensor, "batch controls 2"],
    displacements: Float[Tensor, "batch controls values"],
    points: Float[Tensor, "points 2"],
) -> Float[Tensor, "batch points values"]:
    """Interpolate displacements between control points by thin-plate splines.

    The polyharmonic spline of order 2 (kernel r^2 log r) with a polynomial of first degree: of all smooth
    functions through the displacements the one that bends least, and exact for affine ones. Differentiable
    in all arguments. The coefficients are solved for in float64, whatever the precision of the arguments.

    Args:
        controls: where displacements are known; three or more, not all on one line.
        displacements: any number of values for each control point, for a warp 2.
        points: where to interpolate, the same for the whole batch.

    Raises:
        torch.linalg.LinAlgError: all control points lie on one line.
    """
    # Reduced precision would move pixels: the terms of a spline cancel.
    with torch.autocast(controls.device.type, enabled=False):
        count = controls.shape[1]
        places, values = controls.double(), displacements.double()
        kernel = _kernel(places, places) + SMOOTHING * torch.eye(count, dtype=places.dtype, device=places.device)
        affine = functional.pad(places, (0, 1), value=1.0)
        corner = affine.new_zeros(len(affine), 3, 3)
        system = torch.cat([torch.cat([kernel, affine], 2), torch.cat([affine.transpose(1, 2), corner], 2)], 1)
        coefficients = torch.linalg.solve(system, functional.pad(values, (0, 0, 0, 3)))
        # The many points are then evaluated in the precision of the caller: single is enough for pixels.
        bend, plane = coefficients.to(points.dtype).split([count, 3], dim=1)
        bent = _kernel(points[None], controls.to(points.dtype)) @ bend
        return bent + functional.pad(points, (0, 1), value=1.0) @ plane


def _kernel(
    points: Float[Tensor, "#batch points 2"], controls: Float[Tensor, "#batch controls 2"]
) -> Float[Tensor, "batch points controls"]:
    """r^2 log r between each point and each control point."""
    across = points[:, :, None, 0] - controls[:, None, :, 0]
    down = points[:, :, None, 1] - controls[:, None, :, 1]
    squared = torch.addcmul(across.square(), down, down)
    # At r = 0 the kernel and its gradient are zero, but the logarithm alone is not finite.
    return 0.5 * squared * squared.clamp_min(_SQUARED_ZERO).log()


def boundary_points() -> Float[Tensor, "boundary 2"]:
    """Points at equal distances around the edges of a picture, from the upper left corner clockwise."""
    along = torch.arange(_POINTS_PER_EDGE, dtype=torch.float64) / _POINTS_PER_EDGE
    zero, one = torch.zeros_like(along), torch.ones_like(along)
    x = torch.cat([along, one, 1 - along, zero])
    y = torch.cat([zero, along, one, 1 - along])
    return torch.stack([x, y], dim=1)


def spline_basis(controls: Float[Tensor, "controls 2"]) -> Float[Tensor, "nodes controls"]:
    """The linear map from displacements at fixed control points to those of the lattice; the boundary rests.

    Made once for a mean shape, it saves a spline for each picture: `move_pixels(image, basis @ displacements)`.
    """
    unit = torch.eye(len(controls), dtype=controls.dtype, device=controls.device)
    return _resting_at_boundary(controls[None], unit[None])[0]


def warp(
    image: Float[Tensor, "batch 3 height width"],
    sources: Float[Tensor, "batch points 2"],
    targets: Float[Tensor, "batch points 2"],
) -> Float[Tensor, "batch 3 height width"]:
    """Move what is at `sources` of each image to `targets`, and what is between smoothly along.

    The border of the image stays where it is; beyond it the outermost pixels repeat. Differentiable in image,
    sources and targets. Where targets fold over (the lower lip above the upper one), so does the picture.
    """
    exact = torch.promote_types(targets.dtype, torch.float32)
    sources, targets = sources.to(exact), targets.to(exact)
    return move_pixels(image, _resting_at_boundary(targets, sources - targets))


def _resting_at_boundary(
    controls: Float[Tensor, "batch controls 2"], displacements: Float[Tensor, "batch controls values"]
) -> Float[Tensor, "batch nodes values"]:
    """The displacements of the lattice's nodes when the boundary points do not move."""
    still = boundary_points().to(controls)
    controls = torch.cat([controls, still.expand(len(controls), -1, -1)], dim=1)
    displacements = functional.pad(displacements, (0, 0, 0, len(still)))
    along = torch.linspace(0, 1, _CELLS + 1, dtype=controls.dtype, device=controls.device)
    y, x = torch.meshgrid(along, along, indexing="ij")
    return spline_displacements(controls, displacements, torch.stack([x, y], dim=-1).view(-1, 2))


def move_pixels(
    image: Float[Tensor, "batch 3 height width"], displacements: Float[Tensor, "batch nodes 2"]
) -> Float[Tensor, "batch 3 height width"]:
    """The image whose every pixel is what `image` has at the pixel's centre plus its displacement.

    Bilinear both between the nodes of the lattice, which go row by row from edge to edge, and between pixels.
    """
    (x, along_x), (y, along_y) = (_between_nodes(side, displacements) for side in reversed(image.shape[2:]))
    with torch.autocast(image.device.type, enabled=False):
        lattice = displacements.view(-1, _CELLS + 1, _CELLS + 1, 2)
        moved = torch.einsum("hi,bijd,wj->bhwd", along_y, lattice, along_x)
    places = moved + torch.stack(torch.broadcast_tensors(x[None, :], y[:, None]), dim=-1)
    # grid_sample counts from -1 to 1 between the outer edges.
    return functional.grid_sample(
        image.to(places.dtype), 2 * places - 1, mode="bilinear", padding_mode="border", align_corners=False
    )


def _between_nodes(side: int, like: Tensor) -> tuple[Float[Tensor, " side"], Float[Tensor, "side nodes"]]:
    """The centres of `side` pixels along an axis, and the weights of the lattice's nodes at each."""
    centres = (torch.arange(side, dtype=like.dtype, device=like.device) + 0.5) / side
    nodes = torch.arange(_CELLS + 1, dtype=like.dtype, device=like.device)
    return centres, (1 - (_CELLS * centres[:, None] - nodes).abs()).clamp_min(0)
