"""Heads of face embeddings as meshes, and their GLB files, which any 3-D viewer shows."""

import json
import struct
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Bool, Float, Int

_METRES_PER_DM = 0.1
# Skin is grey: its colour cannot be predicted from a voice.
_SKIN, _EYE = (168, 168, 168, 255), (240, 240, 240, 255)
# Constants of glTF 2.0 (Khronos Group 2021): component types, and targets of buffer views.
_BYTE, _UNSIGNED, _FLOAT = 5121, 5125, 5126
_ARRAY, _ELEMENT_ARRAY = 34962, 34963


@dataclass(frozen=True, kw_only=True)
class HeadMesh:
    """A head as a mesh."""

    points: Float[np.ndarray, "points 3"]
    """Decimetres from the eyes' midpoint: x to the person's left, y up, z forward."""
    triangles: Int[np.ndarray, "triangles 3"]
    """Counter-clockwise from outside."""
    eyes: Bool[np.ndarray, "points"]

    def glb(self, notice: str) -> bytes:
        """The bytes of a GLB file (glTF 2.0), in metres.

        Args:
            notice: written into the file, to say what it shows.
        """
        points = (self.points * _METRES_PER_DM).astype("<f4")
        parts = {
            "POSITION": points,
            "NORMAL": _normals(points, self.triangles).astype("<f4"),
            "COLOR_0": np.where(self.eyes[:, None], _EYE, _SKIN).astype("u1"),
            "indices": self.triangles.astype("<u4").reshape(-1),
        }
        views, accessors, start = [], [], 0
        for name, values in parts.items():
            kind = {"f": _FLOAT, "u": _BYTE if values.itemsize == 1 else _UNSIGNED}[values.dtype.kind]
            target = _ELEMENT_ARRAY if name == "indices" else _ARRAY
            views.append({"buffer": 0, "byteOffset": start, "byteLength": values.nbytes, "target": target})
            accessors.append(
                {"bufferView": len(views) - 1, "componentType": kind, "count": len(values)}
                | {"type": "SCALAR" if values.ndim == 1 else f"VEC{values.shape[1]}"}
                | (
                    {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
                    if name == "POSITION"
                    else {}
                )
                | ({"normalized": True} if kind == _BYTE else {})
            )
            start += values.nbytes
        numbers = {name: number for number, name in enumerate(parts)}
        mesh = {
            "attributes": {name: numbers[name] for name in parts if name != "indices"},
            "indices": numbers["indices"],
        }
        document = {
            "asset": {"version": "2.0", "generator": "speech2face", "extras": {"notice": notice}},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0, "name": "head"}],
            "meshes": [{"primitives": [mesh], "extras": {"notice": notice}}],
            "buffers": [{"byteLength": start}],
            "bufferViews": views,
            "accessors": accessors,
        }
        text = json.dumps(document, separators=(",", ":")).encode()
        chunks = [
            (b"JSON", text + b" " * (-len(text) % 4)),
            (b"BIN\0", b"".join(part.tobytes() for part in parts.values())),
        ]
        body = b"".join(struct.pack("<I4s", len(data), name) + data for name, data in chunks)
        return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def _normals(points: Float[np.ndarray, "points 3"], triangles: Int[np.ndarray, "triangles 3"]) -> np.ndarray:
    """The normal of each point: the mean of its triangles' normals by area; upwards where it has no triangle."""
    first, second, third = (points[triangles[:, corner]].astype(np.float64) for corner in range(3))
    crosses = np.cross(second - first, third - first)
    normals = np.zeros(points.shape)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], crosses)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(lengths > 0, normals / np.maximum(lengths, 1e-30), [0.0, 1.0, 0.0])


@dataclass(frozen=True, kw_only=True)
class HeadRegressor:
    """A linear regression from face embeddings to the points of heads, see `heads.fit`."""

    mean: Float[np.ndarray, "points 3"]
    axes: Float[np.ndarray, "axes points 3"]
    weights: Float[np.ndarray, "dimension axes"]
    offset: Float[np.ndarray, "axes"]
    triangles: Int[np.ndarray, "triangles 3"]
    eyes: Bool[np.ndarray, "points"]

    def tensors(self) -> dict[str, np.ndarray]:
        """All arrays, ready for safetensors."""
        return {field.name: np.ascontiguousarray(getattr(self, field.name)) for field in fields(self)}

    def points(self, embeddings: Float[np.ndarray, "people dimension"]) -> Float[np.ndarray, "people points 3"]:
        """The points of the heads of face embeddings, decimetres."""
        along = embeddings.astype(np.float32) @ self.weights + self.offset
        return self.mean + np.tensordot(along, self.axes, axes=1)

    def head(self, embedding: Float[np.ndarray, "dimension"]) -> HeadMesh:
        """The head of one face embedding, as a mesh."""
        return HeadMesh(points=self.points(embedding[None])[0], triangles=self.triangles, eyes=self.eyes)
