"""The faces that a decoder is trained on: embeddings, landmarks, and crops warped to the mean shape."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from speech2face.base.columns import gather_arrays, mapped_values
from speech2face.base.images import decode_image
from speech2face.data.faces.alignment import crop_landmarks
from speech2face.learning.decoder.normalised import MeanShape, frontal_landmarks

_BATCH = 32
_MEAN_FACES = 2048
"""Maximum number of training faces from which the mean texture is computed."""


class FaceSet:
    """The faces of a split.

    Attributes:
        embedding: [n, dimension].
        landmarks: [n, 68, 2], x, y as fractions of the crop's sides.
    """

    def __init__(self, index: pd.DataFrame, folder: Path, size: int) -> None:
        self._jpeg, self._size = mapped_values(index, folder, "crop"), size
        self.embedding = torch.from_numpy(gather_arrays(index, folder, "embedding"))
        points = gather_arrays(index, folder, "landmarks").reshape(len(index), -1, 2).astype(np.float64)
        self.landmarks = torch.from_numpy(np.stack([crop_landmarks(face) for face in points])).float()

    def __len__(self) -> int:
        return len(self.embedding)

    def crops(self, rows: np.ndarray) -> Tensor:
        """[rows, 3, size, size] in 0..1."""
        pictures = (Image.fromarray(decode_image(self._jpeg[row])) for row in rows)
        small = [np.asarray(p.resize((self._size, self._size), Image.Resampling.LANCZOS)) for p in pictures]
        return torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).float() / 255

    def textures(self, shape: MeanShape, rows: np.ndarray) -> Tensor:
        """Faces in the mean shape, [rows, 3, size, size] in 0..1."""
        return shape.textures(self.crops(rows), self.landmarks[rows])

    def frontal_landmarks(self, rows: np.ndarray | slice = slice(None)) -> Tensor:
        """The landmarks made symmetric, [rows, 68, 2]."""
        return frontal_landmarks(self.landmarks[rows])


def mean_texture(faces: FaceSet, shape: MeanShape) -> Tensor:
    """The symmetric mean of the first faces' textures, [3, size, size]."""
    some = batches(min(_MEAN_FACES, len(faces)))
    texture = torch.stack([faces.textures(shape, rows).mean(dim=0) for rows in some]).mean(dim=0)
    return (texture + texture.flip(2)) / 2


def batches(rows: int) -> list[np.ndarray]:
    """All rows in batches of nearly equal size."""
    return np.array_split(np.arange(rows), -(-rows // _BATCH))


def face_window(size: int) -> Tensor:
    """Weights of the pixel loss, [size, size], with mean 1: highest on eyes, nose and mouth, lowest in the corners.

    Crops are aligned, so that the face fills the same ellipse in every picture.
    """
    position = torch.linspace(-1, 1, size)
    inner = torch.sqrt((position[None, :] / 0.5).square() + ((position[:, None] - 0.1) / 0.6).square())
    outer = torch.sqrt(position[None, :].square() + position[:, None].square())
    window = 0.1 + 0.4 * torch.sigmoid((0.9 - outer) * 8) + torch.sigmoid((1.0 - inner) * 8)
    return window / window.mean()
