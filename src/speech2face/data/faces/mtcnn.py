"""The three stages of MTCNN (Zhang et al., 2016) on one picture, with the networks of facenet-pytorch.

facenet-pytorch's own search averages the whole picture anew for each size of face and each candidate, which takes
longer than its networks. Here Pillow does it, from halved pictures: in about half the time on frames of 1280 x 720
pixels, and with no copy of them in floating point. Its Hamming filter, which moves no edge by part of a pixel as a
box does, gives boxes nearer to those of the whole picture's averages: over 165 faces they differ by 0.018 of a face
(median; one in ten by more than 0.040), with a box by 0.023 (0.055). Thresholds, steps and roundings are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from facenet_pytorch import MTCNN
from jaxtyping import Float
from PIL import Image
from torch import Tensor
from torchvision.ops import nms

# The first network looks at windows of 12 px, each step of the pyramid makes the picture this much smaller.
_WINDOW = 12
_STEP = 0.709
_STRIDE = 2
_SCORES = (0.6, 0.7, 0.7)
# Boxes with a larger overlap are one face: within a size of the pyramid, and across sizes and in later stages.
_SAME_IN_SIZE = 0.5
_SAME = 0.7
# Averages are taken from the smallest copy with at least this many times the pixels per side, which is cheaper.
_FINER = 2.5


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Boxes (left, top, right, bottom) in pixels, scores (0..1), and the five points of each face."""

    boxes: Float[Tensor, "faces 4"]
    scores: Float[Tensor, "faces"]
    points: Float[Tensor, "faces 5 2"]


class _Halvings:
    """A picture, and smaller copies of it, each half of the one before; made when they are first needed."""

    def __init__(self, picture: Image.Image) -> None:
        self._pictures = [picture]
        self.size = picture.size

    def averaged(self, size: tuple[int, int], box: Sequence[int] | None = None) -> Image.Image:
        """A part of the picture (left, top, right, bottom), by default all of it, averaged to `size` pixels."""
        left, top, right, bottom = box or (0, 0, *self.size)
        reduction = min((right - left) / size[0], (bottom - top) / size[1])
        halvings = max(0, int(np.log2(reduction / _FINER)))
        while len(self._pictures) <= halvings:
            self._pictures.append(self._pictures[-1].reduce(2))
        part = tuple(edge / 2**halvings for edge in (left, top, right, bottom))
        return self._pictures[halvings].resize(size, Image.Resampling.HAMMING, box=part)


@torch.inference_mode()
def search(picture: Image.Image, networks: MTCNN, *, min_face: float, wanted: float) -> Candidates:
    """Find the faces of an RGB picture that are about `wanted` pixels or larger; boxes may cross its borders.

    Args:
        min_face: one of the sizes in pixels at which faces are looked for; the others are larger, in equal steps. Faces
            that are wanted at less than this are not found.
    """
    steps = max(0, int(np.log(wanted / min_face) / -np.log(_STEP)))
    halvings = _Halvings(picture)
    boxes = _within(_proposed(halvings, networks, min_face / _STEP**steps), picture.size)
    if len(boxes):
        shifts, scores = networks.rnet(_cut(halvings, boxes, 24, networks))
        kept = scores[:, 1] > _SCORES[1]
        boxes, shifts, scores = boxes[kept], shifts[kept], scores[kept, 1]
        kept = nms(boxes, scores, _SAME)
        boxes = _within(_squared(_shifted(boxes[kept], shifts[kept], extent=1)), picture.size)
    if not len(boxes):
        return Candidates(boxes=torch.zeros(0, 4), scores=torch.zeros(0), points=torch.zeros(0, 5, 2))
    shifts, landmarks, scores = networks.onet(_cut(halvings, boxes, 48, networks))
    kept = scores[:, 1] > _SCORES[2]
    boxes, shifts, landmarks, scores = boxes[kept], shifts[kept], landmarks[kept], scores[kept, 1]
    extents = boxes[:, 2:] - boxes[:, :2] + 1
    points = landmarks.reshape(-1, 2, 5).transpose(1, 2) * extents[:, None] + boxes[:, None, :2] - 1
    boxes = _shifted(boxes, shifts, extent=1)
    kept = _outermost(boxes, scores)
    return Candidates(boxes=boxes[kept].cpu(), scores=scores[kept].cpu(), points=points[kept].cpu())


def _proposed(picture: _Halvings, networks: MTCNN, min_face: float) -> Tensor:
    """The square boxes that the first network proposes, over all sizes of face."""
    found = []
    scale = _WINDOW / min_face
    while min(picture.size) * scale >= _WINDOW:
        level = picture.averaged((int(picture.size[0] * scale + 1), int(picture.size[1] * scale + 1)))
        shifts, scores = networks.pnet(_prepared([level], networks))
        found.append(_windows(scores[0, 1], shifts[0], scale))
        scale *= _STEP
    if not found:
        return torch.zeros(0, 4)
    boxes, scores, shifts = (torch.cat(parts) for parts in zip(*found, strict=True))
    kept = nms(boxes, scores, _SAME)
    return _squared(_shifted(boxes[kept], shifts[kept], extent=0))


def _windows(
    scores: Float[Tensor, "rows columns"], shifts: Float[Tensor, "4 rows columns"], scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The windows of one size that may hold a face, in pixels of the picture: boxes, scores and shifts."""
    rows, columns = torch.nonzero(scores >= _SCORES[0], as_tuple=True)
    corners = _STRIDE * torch.stack([columns, rows], dim=1).float()
    boxes = torch.cat([(corners + 1) / scale, (corners + _WINDOW) / scale], dim=1).floor()
    scores, shifts = scores[rows, columns], shifts[:, rows, columns].T
    kept = nms(boxes, scores, _SAME_IN_SIZE)
    return boxes[kept], scores[kept], shifts[kept]


def _shifted(boxes: Float[Tensor, "faces 4"], shifts: Float[Tensor, "faces 4"], *, extent: int) -> Tensor:
    """Boxes moved by shifts relative to their sides; a side is the difference of its edges plus `extent` pixels."""
    sides = boxes[:, 2:] - boxes[:, :2] + extent
    return boxes + shifts * sides.repeat(1, 2)


def _squared(boxes: Float[Tensor, "faces 4"]) -> Tensor:
    sides = boxes[:, 2:] - boxes[:, :2]
    side = sides.amax(dim=1, keepdim=True)
    corner = boxes[:, :2] + sides / 2 - side / 2
    return torch.cat([corner, corner + side], dim=1)


def _pixels(boxes: Float[Tensor, "faces 4"], size: tuple[int, int]) -> np.ndarray:
    """Whole pixels inside a picture of this size; the boxes count pixels from 1, as in the networks' training."""
    corners = boxes.trunc().int().cpu().numpy()
    return np.hstack([np.maximum(corners[:, :2], 1) - 1, np.minimum(corners[:, 2:], size)])


def _within(boxes: Float[Tensor, "faces 4"], size: tuple[int, int]) -> Tensor:
    """The boxes that overlap a picture of this size."""
    left, top, right, bottom = _pixels(boxes, size).T
    return boxes[torch.from_numpy((right > left) & (bottom > top)).to(boxes.device)]


def _cut(picture: _Halvings, boxes: Float[Tensor, "faces 4"], side: int, networks: MTCNN) -> Tensor:
    return _prepared([picture.averaged((side, side), box) for box in _pixels(boxes, picture.size).tolist()], networks)


def _prepared(pictures: Sequence[Image.Image], networks: MTCNN) -> Float[Tensor, "batch 3 height width"]:
    """Pictures of one size as the networks take them."""
    stacked = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures]))
    return (stacked.to(networks.device).permute(0, 3, 1, 2).float() - 127.5) / 128


def _outermost(boxes: Float[Tensor, "faces 4"], scores: Float[Tensor, "faces"]) -> list[int]:
    """Indices of the boxes by score, without those mostly inside, or around, a box with a higher score."""
    corners = boxes.double().cpu().numpy()
    areas = np.prod(corners[:, 2:] - corners[:, :2] + 1, axis=1)
    kept: list[int] = []
    for index in np.argsort(-scores.cpu().numpy(), kind="stable").tolist():
        common = np.minimum(corners[index, 2:], corners[kept, 2:]) - np.maximum(corners[index, :2], corners[kept, :2])
        shared = np.prod(np.maximum(common + 1, 0), axis=1) / np.minimum(areas[index], areas[kept])
        if not np.any(shared > _SAME):
            kept.append(index)
    return kept
