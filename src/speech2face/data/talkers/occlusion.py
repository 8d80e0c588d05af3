"""Vertex normals and ambient occlusion of a mesh, computed once per head model (Warp, CPU)."""

import numpy as np
import warp as wp
from jaxtyping import Float, Int

wp.set_module_options({"enable_backward": False})

_RAYS = 96
_LIFT = 0.004  # dm off the surface, so that a ray does not hit the triangles at its origin


def vertex_normals(
    vertices: Float[np.ndarray, "vertices 3"], triangles: Int[np.ndarray, "triangles 3"]
) -> Float[np.ndarray, "vertices 3"]:
    """Area-weighted unit normals; a vertex of no triangle gets (0, 0, 0)."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    faces = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], faces)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)


@wp.kernel
def _occlusion_kernel(
    mesh: wp.uint64,
    points: wp.array(dtype=wp.vec3),
    normals: wp.array(dtype=wp.vec3),
    directions: wp.array(dtype=wp.vec3),
    reach: float,
    open_share: wp.array(dtype=float),
):
    i = wp.tid()
    n = normals[i]
    start = points[i] + n * float(_LIFT)
    total = float(0.0)
    free = float(0.0)
    for k in range(directions.shape[0]):
        d = directions[k]
        weight = wp.dot(d, n)
        if weight > 0.0:
            total += weight
            hit = wp.mesh_query_ray(mesh, start, d, reach)
            if hit.result:
                free += weight * wp.min(hit.t / reach, 1.0) * 0.5
            else:
                free += weight
    open_share[i] = free / wp.max(total, 1.0e-6)


def vertex_occlusion(
    vertices: Float[np.ndarray, "vertices 3"],
    triangles: Int[np.ndarray, "triangles 3"],
    normals: Float[np.ndarray, "vertices 3"],
    *,
    reach: float,
) -> Float[np.ndarray, "vertices"]:
    """Cosine-weighted share of unblocked directions within `reach` (the vertices' unit), 0..1."""
    mesh = wp.Mesh(
        points=wp.array(vertices, dtype=wp.vec3, device="cpu"),
        indices=wp.array(triangles.ravel().astype(np.int32), dtype=wp.int32, device="cpu"),
    )
    golden = np.pi * (3.0 - np.sqrt(5.0))
    k = np.arange(2 * _RAYS) + 0.5
    y = 1.0 - k / _RAYS
    r = np.sqrt(1.0 - y**2)
    sphere = np.stack([r * np.cos(golden * k), y, r * np.sin(golden * k)], axis=1).astype(np.float32)
    share = wp.zeros(len(vertices), dtype=float, device="cpu")
    wp.launch(
        _occlusion_kernel,
        dim=len(vertices),
        inputs=[
            mesh.id,
            mesh.points,
            wp.array(normals.astype(np.float32), dtype=wp.vec3, device="cpu"),
            wp.array(sphere, dtype=wp.vec3, device="cpu"),
            reach,
            share,
        ],
        device="cpu",
    )
    return share.numpy()
