"""The hairline on the canonical head, as one Warp function shared by texture and geometry."""

import numpy as np
import warp as wp
from jaxtyping import Float

from speech2face.data.talkers.facemap import AXIS_Z

wp.set_module_options({"enable_backward": False})


@wp.func
def _between(x: float, x0: float, y0: float, x1: float, y1: float):
    return y0 + (y1 - y0) * wp.clamp((x - x0) / (x1 - x0), 0.0, 1.0)


@wp.func
def hairline_func(p: wp.vec3, recession: float):
    """Height (dm) of p above the hairline: negative on the face, positive among the hair.

    The line runs from the forehead over the temples to the sideburns, around the ears, to the nape.
    recession (0..1) lifts it over the forehead, most at the temples.
    """
    angle = wp.atan2(wp.abs(p[0]), p[2] - float(AXIS_Z)) * 57.29578
    line = 0.0
    if angle < 22.0:
        line = _between(angle, 0.0, 0.66, 22.0, 0.70)
    elif angle < 36.0:
        line = _between(angle, 22.0, 0.70, 36.0, 0.64)
    elif angle < 52.0:
        line = _between(angle, 36.0, 0.64, 52.0, 0.30)
    elif angle < 62.0:
        line = _between(angle, 52.0, 0.30, 62.0, 0.10)
    elif angle < 76.0:
        line = _between(angle, 62.0, 0.10, 76.0, -0.25)
    elif angle < 112.0:
        line = _between(angle, 76.0, -0.25, 112.0, -0.35)
    else:
        line = _between(angle, 112.0, -0.35, 130.0, -0.8)
    temple = wp.exp(-(angle - 31.0) * (angle - 31.0) / 160.0)
    line += recession * (0.12 + 0.26 * temple) * wp.clamp((62.0 - angle) / 20.0, 0.0, 1.0)
    return p[1] - line


@wp.kernel
def _hairline_kernel(position: wp.array(dtype=wp.vec3), recession: float, height: wp.array(dtype=float)):
    i = wp.tid()
    height[i] = hairline_func(position[i], recession)


def hairline_height(position: Float[np.ndarray, "points 3"], recession: float) -> Float[np.ndarray, "points"]:
    """`hairline_func` of many canonical points."""
    height = wp.zeros(len(position), dtype=float, device="cpu")
    points = wp.array(position.astype(np.float32), dtype=wp.vec3, device="cpu")
    wp.launch(_hairline_kernel, dim=len(position), inputs=[points, recession, height], device="cpu")
    return height.numpy()
