"""One clip's geometry: the head with hair, clothes and glasses, as arrays on the rendering device."""

from dataclasses import dataclass

import numpy as np
import warp as wp
from jaxtyping import Bool, Float, Int

from speech2face.data.talkers.facemap import build_face_map, map_coordinates
from speech2face.data.talkers.hairline import hairline_height
from speech2face.data.talkers.head import Head, HeadModel
from speech2face.data.talkers.mesh import Material
from speech2face.data.talkers.painting import Painter
from speech2face.data.talkers.pieces import Piece, smooth

_LID_CORNER_Y = -0.02  # dm on the average head: lashes above it are the upper lid's
_CLOSE = 0.1  # dm: hair nearer to the skin than this hides it from every angle


class SharedMesh:
    """Data that all heads of a model share on a device."""

    def __init__(self, model: HeadModel, device: str):
        self.model = model
        self.painter = Painter.of(build_face_map(model), device)
        self.triangles = _with_materials(model.triangles, model.materials, device)
        self.scalp = np.flatnonzero(hairline_height(model.canonical, 0.0) > 0)
        self.lashes = _lash_card(model)
        acting = (model.actions != 0).any((0, 2))
        self.acting = np.zeros(len(model.base), dtype=bool)  # whose position or normal follows an action
        self.acting[model.triangles[acting[model.triangles].any(1)]] = True


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Everything drawn in one clip, head vertices first; see `kernels.project_kernel` and `surfaces.Mesh`."""

    base: wp.array
    rest: wp.array
    rest_normal: wp.array
    weight: wp.array
    canonical: wp.array
    tangent: wp.array
    card: wp.array
    detail: wp.array
    kinds: wp.array
    triangles: wp.array
    materials: wp.array
    """Per triangle, as in `triangles`."""
    still: int
    """Number of the triangles that no pose moves; they come first."""
    vertices: int


def assemble(head: Head, pieces: list[Piece], lashes: float, shared: SharedMesh, device: str) -> Geometry:
    """Put the pieces on the head, with lashes of the given strength (0..1)."""
    model = head.model
    count = len(model.base)
    # Free pieces are made on the canonical head; an affine map fitted on the scalp carries them over.
    source = np.c_[model.canonical[shared.scalp], np.ones(len(shared.scalp))]
    affine = np.linalg.lstsq(source, head.vertices[shared.scalp], rcond=None)[0]
    base = [np.arange(count)]
    rest, rest_normal, canonical = [np.zeros((count, 3))], [np.zeros((count, 3))], [model.canonical]
    tangent, card, occlusion = [np.zeros((count, 3))], [shared.lashes * lashes], [model.occlusion]
    shown = ~_hidden(model, pieces)
    triangles, materials = [model.triangles[shown]], [model.materials[shown]]
    kinds = [np.full(count, int(Material.SKIN))]
    offset = count
    for piece in pieces:
        free = piece.base < 0
        moved = piece.canonical if piece.fitted else np.c_[piece.canonical, np.ones(len(piece.base))] @ affine
        lifted = np.column_stack([piece.lift, np.zeros((len(piece.lift), 2))])  # see project_kernel
        base.append(piece.base)
        rest.append(np.where(free[:, None], moved, lifted))
        rest_normal.append(piece.normal)
        canonical.append(piece.canonical)
        tangent.append(piece.tangent)
        card.append(piece.card)
        occlusion.append(np.where(free, 0.8, np.maximum(model.occlusion[piece.base], 0.5)))
        kinds.append(np.full(len(piece.base), int(piece.material)))
        triangles.append(piece.triangles + offset)
        materials.append(np.full(len(piece.triangles), int(piece.material)))
        offset += len(piece.base)
    positions = np.concatenate(canonical).astype(np.float32)
    detail = np.column_stack([map_coordinates(positions), np.concatenate(occlusion), np.ones(offset)]).astype(
        np.float32
    )

    weight = _neck_weight(positions)
    # Outer layers first: the depth test then rejects hidden layers before their strand lookup.
    corners, material = np.concatenate(triangles[::-1]), np.concatenate(materials[::-1])
    followed = np.concatenate(base)
    moves = ((weight > 0) | ((followed >= 0) & shared.acting[followed]))[corners].any(1)
    order = np.argsort(moves, kind="stable")

    def put(parts: list[np.ndarray], dtype: type) -> wp.array:
        return wp.array(np.concatenate(parts).astype(np.float32), dtype=dtype, device=device)

    return Geometry(
        base=wp.array(followed.astype(np.int32), dtype=wp.int32, device=device),
        rest=put(rest, wp.vec3),
        rest_normal=put(rest_normal, wp.vec3),
        weight=wp.array(weight, dtype=float, device=device),
        canonical=wp.array(positions, dtype=wp.vec3, device=device),
        tangent=put(tangent, wp.vec3),
        card=put(card, wp.vec4),
        detail=wp.array(detail, dtype=wp.vec4, device=device),
        kinds=wp.array(np.concatenate(kinds).astype(np.int32), dtype=wp.int32, device=device),
        triangles=_with_materials(corners[order], material[order], device),
        materials=wp.array(material[order].astype(np.uint8), dtype=wp.uint8, device=device),
        still=int((~moves).sum()),
        vertices=offset,
    )


def _hidden(model: HeadModel, pieces: list[Piece]) -> Bool[np.ndarray, "triangles"]:
    """Which triangles of the skin lie wholly below dense hair or well inside the clothes."""
    covered = np.zeros(len(model.base), dtype=bool)
    for piece in pieces:
        if piece.material == Material.HAIR:
            covered[piece.base[(piece.card[:, 2] >= 1.0) & (piece.lift < _CLOSE)]] = True
        elif piece.material == Material.CLOTH:
            covered[piece.base[piece.card[:, 3] > 0.15]] = True
    return (model.materials == Material.SKIN) & covered[model.triangles].all(1)


def _neck_weight(canonical: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points"]:
    """Weight of the head's motion at each point: 1 above the chin, 0 at the base of the neck."""
    return smooth(-1.5, -0.95, canonical[:, 1] + 0.35 * (canonical[:, 2] + 0.6)).astype(np.float32)


def _with_materials(
    triangles: Int[np.ndarray, "triangles 3"], materials: Int[np.ndarray, "triangles"], device: str
) -> wp.array:
    return wp.array(np.column_stack([triangles, materials]).astype(np.int32), dtype=wp.vec4i, device=device)


def _lash_card(model: HeadModel) -> Float[np.ndarray, "vertices 4"]:
    """Hair cards of full-strength lashes, whose density falls from the lid to the tips."""
    card = np.zeros((len(model.base), 4))
    for side in (-1, 1):
        for upper in (False, True):
            lash = np.unique(model.triangles[model.materials == Material.LASH])
            lash = lash[(side * model.canonical[lash, 0] > 0) & ((model.canonical[lash, 1] > _LID_CORNER_Y) == upper)]
            eye = np.array([side * np.abs(model.canonical[lash, 0]).mean(), 0.0, 0.0])
            reach = np.linalg.norm(model.canonical[lash] - eye, axis=1)
            tip = (reach - reach.min()) / np.ptp(reach)
            card[lash, 0] = model.canonical[lash, 0] * 1.2
            card[lash, 1] = 0.1 * tip
            card[lash, 2] = np.clip((0.9 if upper else 0.2) - 0.8 * tip, 0.0, 0.7)
    return card
