"""Geometry added to a head: shells that follow its skin and free sheets."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from speech2face.data.talkers.mesh import Material


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Geometry drawn with a head. All fields but the last three are per vertex.

    base: head vertex that it follows, or -1; lift: dm along that vertex's normal; canonical: position on
    the average head (of a free vertex: its own position); normal, tangent: of free vertices, and along the strands;
    card: (across strands, along them, density, height above the skin in 0..1), see `kernels.raster_kernel`.
    """

    base: Int[np.ndarray, "vertices"]
    lift: Float[np.ndarray, "vertices"]
    canonical: Float[np.ndarray, "vertices 3"]
    normal: Float[np.ndarray, "vertices 3"]
    tangent: Float[np.ndarray, "vertices 3"]
    card: Float[np.ndarray, "vertices 4"]
    triangles: Int[np.ndarray, "triangles 3"]
    material: Material
    fitted: bool = False
    """Free vertices are already in the coordinates of this head, not of the average one."""


def smooth(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """Smooth step from 0 at `low` to 1 at `high` (falling when high < low)."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def shell(
    *,
    vertices: Int[np.ndarray, "vertices"],
    triangles: Int[np.ndarray, "triangles 3"],
    canonical: Float[np.ndarray, "head 3"],
    lift: Float[np.ndarray, "vertices"],
    tangent: Float[np.ndarray, "vertices 3"],
    card: Float[np.ndarray, "vertices 4"],
    material: Material,
) -> Piece:
    """A copy of the skin's `triangles` (head vertex numbers, all among `vertices`), lifted off it."""
    renumber = np.zeros(len(canonical), dtype=np.int32)
    renumber[vertices] = np.arange(len(vertices), dtype=np.int32)
    return Piece(
        base=vertices.astype(np.int32),
        lift=lift,
        canonical=canonical[vertices],
        normal=np.zeros((len(vertices), 3)),
        tangent=tangent,
        card=card,
        triangles=renumber[triangles],
        material=material,
    )


def sheet(
    *,
    points: Float[np.ndarray, "rows columns 3"],
    card: Float[np.ndarray, "rows columns 4"],
    material: Material,
    seen: Bool[np.ndarray, "rows columns"] | None = None,
    fitted: bool = False,
) -> Piece:
    """A free grid of points, strands running down the rows; its left side, looking along the strands, is outside.

    Triangles none of whose points are `seen` are left out.
    """
    rows, columns = points.shape[:2]
    along, across = np.gradient(points, axis=0), np.gradient(points, axis=1)
    normal = np.cross(across, along)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    tangent = along / np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-9)
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    triangles = np.concatenate([np.stack([a, d, c], -1).reshape(-1, 3), np.stack([a, c, b], -1).reshape(-1, 3)])
    if seen is not None:
        triangles = triangles[seen.ravel()[triangles].any(1)]
    count = rows * columns
    return Piece(
        base=np.full(count, -1, dtype=np.int32),
        lift=np.zeros(count),
        canonical=points.reshape(-1, 3),
        normal=-normal.reshape(-1, 3),
        tangent=tangent.reshape(-1, 3),
        card=card.reshape(-1, 4),
        triangles=triangles,
        material=material,
        fitted=fitted,
    )
