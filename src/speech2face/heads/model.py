"""Heads of face embeddings, and their file: GLB, which any 3-D viewer shows."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int
from safetensors.numpy import load_file

_METRES_PER_DM = 0.1
# No colour of a skin can be heard, and none is guessed.
_SKIN, _EYE = (168, 168, 168, 255), (240, 240, 240, 255)


@dataclass(frozen=True, kw_only=True)
class SolidHead:
    """A head as a mesh."""

    points: Float[np.ndarray, "points 3"]
    """Decimetres from the eyes' midpoint: x to the person's left, y up, z forward."""
    triangles: Int[np.ndarray, "triangles 3"]
    """Counter-clockwise from outside."""
    eyes: Bool[np.ndarray, "points"]

    def glb(self, notice: str) -> bytes:
        """The bytes of a GLB file, in metres; `notice` is what the file says of itself."""
        import trimesh

        colours = np.where(self.eyes[:, None], _EYE, _SKIN).astype(np.uint8)
        mesh = trimesh.Trimesh(
            self.points.astype(np.float64) * _METRES_PER_DM,
            self.triangles,
            vertex_colors=colours,
            process=False,
            metadata={"notice": notice},
        )
        scene = trimesh.Scene(metadata={"notice": notice})
        scene.add_geometry(mesh, geom_name="head", node_name="head")
        return bytes(scene.export(file_type="glb"))


@dataclass(frozen=True, kw_only=True)
class SolidHeads:
    """A linear way from face embeddings to the points of heads, see `fit`."""

    mean: Float[np.ndarray, "points 3"]
    axes: Float[np.ndarray, "axes points 3"]
    weights: Float[np.ndarray, "dimension axes"]
    offset: Float[np.ndarray, "axes"]
    triangles: Int[np.ndarray, "triangles 3"]
    eyes: Bool[np.ndarray, "points"]

    @classmethod
    def load(cls, path: Path) -> "SolidHeads":
        """Read what `tensors` was written to."""
        return cls(**load_file(str(path)))

    def tensors(self) -> dict[str, np.ndarray]:
        """All arrays, ready for safetensors."""
        return {field.name: np.ascontiguousarray(getattr(self, field.name)) for field in fields(self)}

    def points(self, embeddings: Float[np.ndarray, "people dimension"]) -> Float[np.ndarray, "people points 3"]:
        """The points of the heads of face embeddings, decimetres."""
        along = embeddings.astype(np.float32) @ self.weights + self.offset
        return self.mean + np.tensordot(along, self.axes, axes=1)

    def head(self, embedding: Float[np.ndarray, "dimension"]) -> SolidHead:
        """The head of one."""
        return SolidHead(points=self.points(embedding[None])[0], triangles=self.triangles, eyes=self.eyes)
