"""Hair geometry: lifted shells of the scalp for close-lying hair, free sheets for hanging hair.

It is built on the canonical head; `assembly` transfers it to each head.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter, maximum_filter1d

from speech2face.data.talkers import strands
from speech2face.data.talkers.appearance import Appearance
from speech2face.data.talkers.facemap import AXIS_Z
from speech2face.data.talkers.hairline import hairline_height
from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.mesh import MASKS, Material
from speech2face.data.talkers.pieces import Piece, sheet, shell, smooth


@dataclass(frozen=True, kw_only=True)
class _Style:
    """top, side: thickness in dm; layers: density of each shell from the skin outwards."""

    top: float
    side: float
    layers: tuple[float, ...]
    strand: int = strands.STRAIGHT
    lumps: float = 0.0
    hangs_to: float | None = None
    wave: float = 0.0
    fringe: bool = False
    bun: bool = False
    comb: str = "down"


_STYLES = {
    "bald": None,
    "buzz": _Style(top=0.05, side=0.035, layers=(1.0,), strand=strands.FUZZ),
    "crop": _Style(top=0.15, side=0.05, layers=(1.0, 0.9, 0.7), lumps=0.25),
    "side_part": _Style(top=0.16, side=0.06, layers=(1.0, 0.9, 0.7), lumps=0.12, comb="side"),
    "swept": _Style(top=0.18, side=0.06, layers=(1.0, 0.9, 0.7), lumps=0.12, comb="back"),
    "curly": _Style(top=0.3, side=0.16, layers=(1.0, 0.9, 0.7), strand=strands.CURLY, lumps=0.45),
    "afro": _Style(top=0.42, side=0.34, layers=(1.0, 0.9, 0.75), strand=strands.CURLY, lumps=0.15),
    "bob": _Style(top=0.12, side=0.12, layers=(1.0, 0.8), hangs_to=-0.95, comb="part"),
    "long": _Style(top=0.11, side=0.11, layers=(1.0, 0.8), hangs_to=-2.3, comb="part"),
    "wavy": _Style(top=0.16, side=0.15, layers=(1.0, 0.8), hangs_to=-2.0, wave=0.05, strand=strands.WAVY, comb="part"),
    "fringe": _Style(top=0.12, side=0.12, layers=(1.0, 0.8), hangs_to=-1.5, fringe=True),
    "bun": _Style(top=0.05, side=0.04, layers=(1.0, 0.7), bun=True, comb="back"),
}


_SOLID = 2.0  # a density that rounding cannot bring below 1, the limit for gaps between strands


def strand_kind(appearance: Appearance) -> int:
    """Which of `strands.strand_textures` the talker's hair has."""
    style = _STYLES[appearance.hair_style]
    return strands.STRAIGHT if style is None else style.strand


def hair_pieces(appearance: Appearance, model: HeadModel) -> list[Piece]:
    """Hair geometry of a talker; empty for a bald one."""
    style = _STYLES[appearance.hair_style]
    if style is None:
        return []
    rng = np.random.default_rng(appearance.seed)
    pieces = _shells(style, appearance, model, rng)
    if style.hangs_to is not None:
        pieces.append(_curtain(style, appearance, model, rng))
    if style.fringe:
        pieces.append(_fringe(style, model, rng))
    if style.bun and appearance.parting > 0:
        pieces.append(_bun(rng))
    return pieces


def _smooth_noise(points: Float[np.ndarray, "*shape 3"], rng: np.random.Generator, frequency: float) -> np.ndarray:
    """Smooth noise of about unit size over space: a few random waves."""
    waves = rng.normal(0, frequency, (6, 3))
    phases = rng.uniform(0, 2 * np.pi, 6)
    return np.sin(points @ waves.T + phases).sum(-1) / np.sqrt(3.0)


def _strand_coordinates(
    points: Float[np.ndarray, "points 3"], comb: str, parting: float
) -> tuple[np.ndarray, np.ndarray]:
    """(across, along) in textures, and the direction of the strands, for hair that lies on the scalp."""
    x, y, z = points.T
    if comb == "side":
        tangent = np.stack(
            [np.full_like(x, -np.sign(parting)), -0.6 * np.abs(x) * np.sign(x) * x, np.full_like(x, -0.4)], 1
        )
        across = 0.75 * z + 0.5 * y + 0.25 * np.sign(parting) * x
        return np.stack([across * 0.8, x * 0.5], 1), tangent
    if comb == "back":
        tangent = np.stack([0.4 * x, np.where(z > -0.3, 0.8, 0.0), np.full_like(x, -1.0)], 1)
        return np.stack([np.arctan2(x, y + 1.0) * 1.0, (z - 0.5 * y) * 0.4], 1), tangent
    if comb == "part":
        beside = x - 0.3 * parting
        tangent = np.stack([np.sign(beside), -0.2 - np.abs(beside), np.full_like(x, -0.3)], 1)
        return np.stack([z * 0.9 + 0.35 * y, np.abs(beside) * 0.4 - 0.2 * y], 1), tangent
    crown_x, crown_y, crown_z = 0.12 * parting, 0.98, -0.75
    angle = np.arctan2(x - crown_x, z - crown_z)
    away = np.hypot(x - crown_x, z - crown_z) + (crown_y - y)
    tangent = np.stack([x - crown_x, -np.ones_like(x) * 0.7, z - crown_z], 1)
    return np.stack([angle / (2 * np.pi) * 4.0, away * 0.45], 1), tangent


def _scalp(model: HeadModel, height: Float[np.ndarray, "vertices"], lowest: float) -> Bool[np.ndarray, "triangles"]:
    ears = model.masks[:, MASKS.index("ears")]
    vertex = (height > lowest) & (ears < 0.5) & (model.canonical[:, 1] > -1.0)
    return (model.materials == Material.SKIN) & vertex[model.triangles].any(1) & (ears[model.triangles] < 0.5).all(1)


def _shells(style: _Style, appearance: Appearance, model: HeadModel, rng: np.random.Generator) -> list[Piece]:
    height = hairline_height(model.canonical, appearance.recession)
    triangles = model.triangles[_scalp(model, height, 0.0)]
    vertices = np.unique(triangles)
    points, h = model.canonical[vertices], height[vertices]
    coordinates, tangent = _strand_coordinates(points, style.comb, appearance.parting)
    coordinates[:, 0] += rng.uniform()
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    up = smooth(0.25, 0.85, points[:, 1])
    thick = style.side + (style.top - style.side) * up
    if style.comb == "side":
        part = np.sign(appearance.parting) * points[:, 0] - 0.35
        thick *= 1.0 - 0.75 * np.exp(-((part / 0.07) ** 2)) * smooth(0.4, 0.7, points[:, 1])
        thick *= 1.0 + 0.35 * smooth(0.3, -0.4, np.sign(appearance.parting) * points[:, 0]) * up
    if style.comb == "part":
        part = points[:, 0] - 0.3 * appearance.parting
        thick *= 1.0 - 0.6 * np.exp(-((part / 0.06) ** 2)) * smooth(0.5, 0.7, points[:, 1])
    if style.comb == "back":
        thick *= 1.0 + 0.35 * smooth(-0.5, 0.1, points[:, 2]) * up
    thick *= 1.0 + style.lumps * _smooth_noise(points, rng, 5.0)
    rooted = smooth(-0.05, 0.22 if style.top > 0.1 else 0.1, h)
    edge = smooth(-0.01, 0.02, h) if style.comb == "part" else smooth(-0.02, 0.035, h)
    pieces = []
    for layer, density in enumerate(style.layers):
        share = 1.0 - 0.16 * (len(style.layers) - 1 - layer)
        lift = 0.012 + np.maximum(thick, 0.01) * rooted * share
        dense = edge * density * (1.0 if layer == 0 else 0.75 + 0.25 * rooted)
        dense = np.where(dense > 0.97, _SOLID, dense)
        shifted = coordinates + layer * np.array([0.137, 0.31])
        card = np.column_stack([shifted, dense, np.full(len(vertices), 0.45 + 0.55 * share)])
        pieces.append(
            shell(
                vertices=vertices,
                triangles=triangles,
                canonical=model.canonical,
                lift=lift,
                tangent=tangent,
                card=card,
                material=Material.HAIR,
            )
        )
    return pieces[::-1]


_ANGLES, _HEIGHTS = 72, 40


def _outline(model: HeadModel) -> Float[np.ndarray, "heights angles"]:
    """Largest radius of the average head at or above each height, per angle around it; from y 1.0 down to -0.9."""
    p = model.canonical[np.unique(model.triangles[model.materials == Material.SKIN])]
    p = p[(p[:, 1] > -0.9) & (p[:, 1] < 1.05)]
    angle = (np.arctan2(p[:, 0], p[:, 2] - AXIS_Z) / (2 * np.pi) * _ANGLES).astype(int) % _ANGLES
    row = np.clip(((1.0 - p[:, 1]) / 1.9 * (_HEIGHTS - 1)).round().astype(int), 0, _HEIGHTS - 1)
    radius = np.zeros((_HEIGHTS, _ANGLES))
    np.maximum.at(radius, (row, angle), np.hypot(p[:, 0], p[:, 2] - AXIS_Z))
    radius = maximum_filter1d(maximum_filter1d(radius, 3, axis=0), 5, axis=1, mode="wrap")
    radius[-8:] = np.maximum(radius[-8:], 0.3)
    return gaussian_filter(np.maximum.accumulate(radius, axis=0), (3.5, 1.5), mode=("nearest", "wrap"))


def _radius(outline: Float[np.ndarray, "heights angles"], angle: np.ndarray, y: np.ndarray) -> np.ndarray:
    row = np.clip((1.0 - y) / 1.9 * (_HEIGHTS - 1), 0, _HEIGHTS - 1.001)
    column = (angle / (2 * np.pi) * _ANGLES) % _ANGLES
    r, c = row.astype(int), column.astype(int)
    fr, fc = row - r, column - c
    c1 = (c + 1) % _ANGLES
    top = outline[r, c] * (1 - fc) + outline[r, c1] * fc
    return top * (1 - fr) + (outline[r + 1, c] * (1 - fc) + outline[r + 1, c1] * fc) * fr


def _curtain(style: _Style, appearance: Appearance, model: HeadModel, rng: np.random.Generator) -> Piece:
    """The hair that hangs: around the head from one temple to the other by the back."""
    assert style.hangs_to is not None
    rows, columns = 24, 56
    y = np.linspace(0.72, style.hangs_to, rows)[:, None] * np.ones(columns)
    opening = np.deg2rad(np.interp(-y[:, 0], [-0.72, -0.5, -0.2, 0.1, 0.5, 1.0, 2.3], [22, 33, 39, 41, 43, 46, 44]))
    opening = opening + np.deg2rad(rng.normal(0, 3.0))
    around = np.linspace(0, 1, columns)
    angle = opening[:, None] + around * (2 * np.pi - 2 * opening[:, None])
    radius = _radius(_outline(model), angle, y)
    drop = np.clip((0.6 - y) / 1.2, 0, None)
    radius = radius + style.side * smooth(0.75, 0.35, y) + 0.02 + 0.05 * drop
    if style.hangs_to > -1.2:
        radius -= 0.10 * smooth(style.hangs_to + 0.3, style.hangs_to, y)
    side = np.minimum(around, 1 - around)
    radius -= (0.05 + 0.8 * style.side) * smooth(0.09, 0.0, side) * smooth(0.8, 0.3, y)  # the edge lies on the cheek
    locks = gaussian_filter(rng.normal(size=columns), 1.2) * 0.05
    radius += locks * smooth(0.5, -0.2, y)
    if style.wave:
        radius += (
            style.wave
            * np.sin(7.0 * y + 2.0 * _smooth_noise(np.stack([np.cos(angle), np.sin(angle), 0.3 * y], -1), rng, 2.0))
            * drop
        )
    x, z = radius * np.sin(angle), AXIS_Z + radius * np.cos(angle)
    z = z - 0.12 * smooth(-0.4, -1.4, y) * np.cos(angle)
    density = smooth(-0.02, 0.015, side)
    tips = 1.0 - 0.9 * smooth(0.86, 1.0, np.linspace(0, 1, rows))[:, None]
    dense = np.minimum(density * tips, 1.0)
    dense = np.where(dense > 0.97, _SOLID, dense)
    along = np.linspace(0, 1, rows)[:, None] * (0.72 - style.hangs_to) * 0.45
    card = np.stack(
        [angle / (2 * np.pi) * 4.0 + rng.uniform(), along * np.ones(columns), dense, np.full_like(y, 0.9)], -1
    )
    seen = ~((y > -0.3) & (np.cos(angle) < -0.5))  # the head hides the rest
    return sheet(points=np.stack([x, y, z], -1), card=card, material=Material.LOCKS, seen=seen)


def _fringe(style: _Style, model: HeadModel, rng: np.random.Generator) -> Piece:
    """Hair over the forehead, down to the brows."""
    rows, columns = 10, 36
    angle = np.deg2rad(np.linspace(-58, 58, columns))[None, :] * np.ones((rows, 1))
    ends = 0.27 + gaussian_filter(rng.normal(size=columns), 2.0) * 0.06 - 0.22 * smooth(0.75, 1.05, np.abs(angle[0]))
    share = np.linspace(0, 1, rows)[:, None]
    y = 0.95 + (ends - 0.95) * share
    radius = _radius(_outline(model), angle, y) + style.top * (0.9 - 0.35 * share)
    density = (1.0 - 0.75 * smooth(0.8, 1.0, share)) * np.ones(columns)
    card = np.stack(
        [angle / (2 * np.pi) * 4 + rng.uniform(), share * 0.4 + np.zeros(columns), density, np.full_like(y, 1.0)], -1
    )
    points = np.stack([radius * np.sin(angle), y, AXIS_Z + radius * np.cos(angle)], -1)
    return sheet(points=points, card=card, material=Material.LOCKS)


def _bun(rng: np.random.Generator) -> Piece:
    rows, columns = 14, 24
    polar = np.linspace(0.02, np.pi - 0.02, rows)[:, None]
    angle = np.linspace(0, 2 * np.pi, columns)[None, :]
    size = float(rng.uniform(0.24, 0.3))
    points = np.stack(
        [
            size * np.sin(polar) * np.sin(angle),
            1.12 + 0.8 * size * np.cos(polar) * np.ones_like(angle),
            -0.75 + size * np.sin(polar) * np.cos(angle),
        ],
        -1,
    )
    card = np.stack(
        [angle / 3 + 0.3 * polar, polar * 0.2 + angle * 0.1, np.ones((rows, columns)), np.ones((rows, columns))], -1
    )
    return sheet(points=points, card=card, material=Material.LOCKS)
