"""Clothes: the skin of the upper body, lifted and cut along a neckline."""

import numpy as np

from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.mesh import Material
from speech2face.data.talkers.pieces import Piece, shell, smooth
from speech2face.data.talkers.scene import Neckline

_NECK_Z = -0.75  # dm: the neck's axis


def clothes_pieces(neckline: Neckline, model: HeadModel) -> list[Piece]:
    """Geometry of a talker's clothes; their colours and patterns come from `surfaces.cloth_color`."""
    p = model.canonical
    angle = np.abs(np.arctan2(p[:, 0], p[:, 2] - _NECK_Z))
    # The neck's root is low at the throat and high at the nape.
    root = np.interp(angle, [0.0, 0.9, 1.7, np.pi], [-1.74, -1.62, -1.42, -1.30])
    inside = root - p[:, 1]
    if neckline == "v":
        inside = np.minimum(inside, -1.78 - p[:, 1] + 1.3 * np.abs(p[:, 0]))
    if neckline == "high":
        inside = inside + 0.32
    if neckline in ("collar", "jacket"):
        inside = inside + 0.06
    skin = model.materials == Material.SKIN
    triangles = model.triangles[skin & (inside[model.triangles].max(1) > -0.05)]
    triangles = triangles[(p[triangles][:, :, 1] < -0.9).all(1)]
    vertices = np.unique(triangles)
    away = inside[vertices]
    lift = 0.05 + 0.05 * smooth(0.0, 0.5, away)
    if neckline == "high":
        lift = lift + 0.03
    card = np.column_stack([np.zeros((len(vertices), 2)), np.zeros(len(vertices)), np.clip(away, -0.2, 2.0)])
    return [
        shell(
            vertices=vertices,
            triangles=triangles,
            canonical=p,
            lift=lift,
            tangent=np.zeros((len(vertices), 3)),
            card=card,
            material=Material.CLOTH,
        )
    ]
