"""Glasses: two rims, a bridge and two temples, fitted to a head."""

import numpy as np
from jaxtyping import Float

from speech2face.base.random import stream
from speech2face.data.talkers.head import Head
from speech2face.data.talkers.mesh import Material
from speech2face.data.talkers.pieces import Piece, sheet

_GAP = 0.035  # dm between the frame and the skin
_CURVE = 0.35  # 1/dm: how much frames curve back around the face
_LENS_Y = -0.035


def glasses_pieces(seed: int, head: Head) -> list[Piece]:
    """Frames that fit `head`, whose shape (round to square, small to large) follows from `seed`."""
    rng = stream(seed, "glasses")
    lens_x = float(np.abs(head.eye_centres[:, 0]).mean()) + 0.015
    lens_z = _clearance(head)
    width, height = rng.uniform(0.235, 0.27), rng.uniform(0.165, 0.215)
    squareness, thickness = rng.uniform(2.0, 4.5), rng.uniform(0.022, 0.04)
    pieces = []
    for side in (-1.0, 1.0):
        around = np.linspace(0, 2 * np.pi, 41)
        cosine, sine = np.cos(around), np.sin(around)
        reach = (np.abs(cosine) ** squareness + np.abs(sine) ** squareness) ** (-1 / squareness)
        rim = [
            _bend(
                lens_z,
                side * lens_x + k * width * reach * cosine,
                _LENS_Y + (k + (k - 1) * 0.3) * height * reach * sine,
            )
            for k in (1.0, 1.0 + thickness / width)
        ]
        pieces.append(_strip(np.stack(rim)))
        hinge = side * (lens_x + width)
        back = np.linspace(0, 1, 6)
        x = hinge + side * np.interp(back, [0, 0.15, 1], [0.0, 0.06, 0.16])
        z = np.interp(back, [0, 1], [lens_z - _CURVE * hinge**2, -0.75])
        temple = [np.stack([x, np.full(6, _LENS_Y + 0.10 + lift), z], -1) for lift in (0.0, 0.035)]
        pieces.append(_strip(np.stack(temple)))
    bridge = max(lens_x - width, 0.03)
    x = np.linspace(-bridge, bridge, 7)
    arch = 0.02 * np.cos(x / bridge * np.pi / 2)
    pieces.append(_strip(np.stack([_bend(lens_z, x, _LENS_Y + 0.05 + arch + lift) for lift in (0.0, thickness)])))
    return pieces


def _clearance(head: Head) -> float:
    """Where the bridge must stand for the whole frame to be clear of brows, nose and cheeks."""
    x, y, z = head.vertices[head.triangles[head.model.materials == Material.SKIN].ravel()].T
    near = (np.abs(x) < 0.6) & (np.abs(y - _LENS_Y) < 0.24) & (np.abs(x) + 0.12 > np.abs(y - _LENS_Y))
    return float((z + _CURVE * x * x)[near].max()) + _GAP


def _bend(
    lens_z: float, x: Float[np.ndarray, "points"], y: Float[np.ndarray, "points"]
) -> Float[np.ndarray, "points 3"]:
    return np.stack([x, y, lens_z - _CURVE * x * x], axis=-1)


def _strip(points: Float[np.ndarray, "2 columns 3"]) -> Piece:
    card = np.ones((*points.shape[:2], 4))
    return sheet(points=points, card=card, material=Material.GLASSES, fitted=True)
