"""The skin's texture coordinates: the head unrolled around a vertical axis, with most texels on the face.

All heads share the map, which is made from the canonical (average) head.
"""

from dataclasses import dataclass

import numpy as np
import warp as wp
from jaxtyping import Float
from scipy.ndimage import distance_transform_edt

from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.kernels import FAR, LANES, raster_kernel
from speech2face.data.talkers.mesh import MASKS, Material

SIZE = 512
AXIS_Z = -0.8  # dm: the unrolling axis, behind the eyes
_TOP, _BOTTOM = 1.2, -2.0
_MARGIN = 40  # texels
_LAST_SEEN = 0.86  # fraction of the map's half width that a picture can show


@dataclass(frozen=True, kw_only=True)
class FaceMap:
    """Per texel: canonical position (decimetres), fraction of lips, 1 where there is a surface."""

    position: Float[np.ndarray, "size size 3"]
    lips: Float[np.ndarray, "size size"]
    covered: Float[np.ndarray, "size size"]


def map_coordinates(position: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 2"]:
    """Texture coordinates (u, v) of canonical positions; the front half of the head takes three quarters of u."""
    angle = np.arctan2(position[:, 0], position[:, 2] - AXIS_Z) / np.pi
    a = np.abs(angle)
    u = 0.5 + 0.5 * np.sign(angle) * np.where(a < 0.5, 1.5 * a, 0.5 + 0.5 * a)
    v = (_TOP - position[:, 1]) / (_TOP - _BOTTOM)
    return np.stack([u, v], axis=1).astype(np.float32)


def build_face_map(model: HeadModel) -> FaceMap:
    """Rasterise the canonical skin into the map; the outermost surface wins."""
    uv = map_coordinates(model.canonical)
    skin = model.triangles[model.materials == Material.SKIN]
    # The back of the head and the body below the neck are never visible and need no texture.
    turned = np.abs(uv[skin][:, :, 0] - 0.5).max(1) < 0.5 * _LAST_SEEN
    skin = skin[turned & (model.canonical[skin][:, :, 1].max(1) > _BOTTOM)]
    radius = np.hypot(model.canonical[:, 0], model.canonical[:, 2] - AXIS_Z)
    screen = np.column_stack([uv * SIZE, 20.0 - radius]).astype(np.float32)
    depth: wp.array = wp.full((2 * SIZE, SIZE + LANES), value=FAR, dtype=float, device="cpu")
    nearest: wp.array = wp.full((2 * SIZE, SIZE + LANES), value=-1, dtype=wp.int32, device="cpu")
    two_sided = np.full((len(skin), 1), int(Material.LOCKS))
    wp.launch(
        raster_kernel,
        dim=1,
        inputs=[
            wp.array(screen, dtype=wp.vec3, device="cpu"),
            wp.array(np.hstack([skin, two_sided]).astype(np.int32), dtype=wp.vec4i, device="cpu"),
            wp.full(len(screen), value=wp.vec4(0.0, 0.0, 1.0, 0.0), dtype=wp.vec4, device="cpu"),
            wp.zeros((1, 1, 1), dtype=wp.vec2ub, device="cpu"),
            0,
            0,
            len(skin),
            depth,
            nearest,
        ],
        device="cpu",
    )
    index = nearest.numpy()[::2, :SIZE]
    covered = index >= 0
    triangle = skin[np.maximum(index, 0)]
    y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.25  # where the upper sample of a pixel lies
    a, b, c = (screen[triangle[..., i]] for i in range(3))
    area = (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
    area = np.where(np.abs(area) < 1e-9, 1.0, area)
    wa = ((c[..., 0] - b[..., 0]) * (y - b[..., 1]) - (c[..., 1] - b[..., 1]) * (x - b[..., 0])) / area
    wb = ((a[..., 0] - c[..., 0]) * (y - c[..., 1]) - (a[..., 1] - c[..., 1]) * (x - c[..., 0])) / area
    weights = np.stack([wa, wb, 1 - wa - wb], axis=-1) * covered[..., None]

    def spread(values: np.ndarray) -> np.ndarray:
        return np.einsum("yxk,yxk...->yx...", weights, values[triangle]).astype(np.float32)

    # Triangles across the crown and the seam extend a little beyond the covered texels.
    distance, nearest_covered = distance_transform_edt(~covered, return_indices=True)
    row, column = nearest_covered
    return FaceMap(
        position=spread(model.canonical)[row, column],
        lips=spread(model.masks[:, MASKS.index("lips")])[row, column],
        covered=(distance < _MARGIN).astype(np.float32),
    )
