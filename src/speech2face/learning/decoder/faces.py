"""The portraits that a decoder is trained on: embeddings, landmarks, and heads warped to the mean shape."""

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

_BATCH = 64
_MEAN_FACES = 512
"""Training faces, at most, from which the mean texture and the mean mask are computed."""


class Portraits:
    """The portraits of a split.

    Attributes:
        embedding: [n, dimension].
        landmarks: [n, 68, 2], x, y as fractions of the crop's sides.
        weight: [n], the quality of each, 0..1.
    """

    def __init__(self, index: pd.DataFrame, folder: Path, size: int) -> None:
        self._size = size
        self._jpeg, self._alpha = (mapped_values(index, folder, column) for column in ("crop", "alpha"))
        self.embedding = torch.from_numpy(gather_arrays(index, folder, "embedding"))
        self.weight = torch.tensor(list(mapped_values(index, folder, "quality")), dtype=torch.float32)
        points = gather_arrays(index, folder, "landmarks").reshape(len(index), -1, 2).astype(np.float64)
        self.landmarks = torch.from_numpy(np.stack([crop_landmarks(face) for face in points])).float()

    def __len__(self) -> int:
        return len(self.embedding)

    def crops(self, rows: np.ndarray) -> Tensor:
        """RGBA [rows, 4, size, size] in 0..1, colours not yet multiplied by alpha; NaN where alpha is unknown."""
        colours = np.stack([self._small(decode_image(self._jpeg[row])) for row in rows])
        masks = (self._alpha[row] for row in rows)
        unknown = np.full((self._size, self._size), np.nan)
        alphas = np.stack([unknown if mask is None else self._small(decode_image(mask)[..., 0]) for mask in masks])
        return torch.from_numpy(np.concatenate([colours, alphas[..., None]], axis=3)).permute(0, 3, 1, 2).float() / 255

    def frontal_landmarks(self, rows: np.ndarray | slice = slice(None)) -> Tensor:
        """The landmarks made symmetric, [rows, 68, 2]."""
        return frontal_landmarks(self.landmarks[rows])

    def _small(self, picture: np.ndarray) -> np.ndarray:
        return np.asarray(Image.fromarray(picture).resize((self._size, self._size), Image.Resampling.LANCZOS))


class Normaliser:
    """Warps heads to the mean shape of the training portraits; a head without a mask gets the mean one.

    Attributes:
        shape: the mean shape.
    """

    def __init__(self, train: Portraits) -> None:
        self.shape = MeanShape(train.landmarks, train.weight)
        masks = torch.cat([self._warped(train, rows)[:, 3:] for rows in _first(train)])
        # Where no mask is known at all, the whole crop is taken.
        self._mean_alpha = masks.nanmean(dim=0).nan_to_num(nan=1.0)

    def textures(self, portraits: Portraits, rows: np.ndarray) -> Tensor:
        """Heads in the mean shape, [rows, 4, size, size] in 0..1: RGBA, colours multiplied by alpha."""
        colour, alpha = self._warped(portraits, rows).split([3, 1], dim=1)
        alpha = torch.where(alpha.isnan(), self._mean_alpha, alpha)
        return torch.cat([colour * alpha, alpha], dim=1)

    def mean_texture(self, portraits: Portraits) -> Tensor:
        """The symmetric mean of the first portraits' textures, [4, size, size]."""
        texture = torch.cat([self.textures(portraits, rows) for rows in _first(portraits)]).mean(dim=0)
        return (texture + texture.flip(2)) / 2

    def _warped(self, portraits: Portraits, rows: np.ndarray) -> Tensor:
        return self.shape.textures(portraits.crops(rows), portraits.landmarks[rows])


def _first(portraits: Portraits) -> list[np.ndarray]:
    return batches(min(_MEAN_FACES, len(portraits)))


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
