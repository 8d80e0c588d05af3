"""Face detection with MTCNN (Zhang et al., 2016) on batches of pictures of one size."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from facenet_pytorch import MTCNN
from facenet_pytorch.models.utils.detect_face import detect_face
from jaxtyping import Float, UInt8
from torch import Tensor

# The smallest face that the first network was trained to see is 12 px; below 20 px it mostly finds noise.
_SMALLEST_FACE = 20.0


@dataclass(frozen=True, kw_only=True)
class Detection:
    """One face in one picture.

    Attributes:
        box: left, top, right, bottom in pixels of the picture; may reach beyond its borders.
        score: how sure the detector is, 0..1.
        points: x, y of the centres of the eyes, the tip of the nose and the corners of the mouth, each pair
            left to right as seen in the picture.
    """

    box: tuple[float, float, float, float]
    score: float
    points: Float[np.ndarray, "5 2"]

    @property
    def size(self) -> float:
        """Side in pixels of the square that covers as much as the box."""
        left, top, right, bottom = self.box
        return float(np.sqrt(max(right - left, 0.0) * max(bottom - top, 0.0)))


class FaceDetector:
    """Finds every face in a batch of pictures; the same batch always gives the same faces.

    Args:
        min_face: faces whose `Detection.size` in the given picture is below this are left out.
        max_side: pictures with a longer side are searched at this size; boxes come back in their own pixels.
        device: where the three networks run.
    """

    def __init__(self, *, min_face: float, max_side: int, device: torch.device | str = "cpu") -> None:
        if min_face <= 0 or max_side < _SMALLEST_FACE:
            raise ValueError(
                f"A face detector needs min_face above 0 and max_side of at least {_SMALLEST_FACE:.0f} px, "
                f"not {min_face} and {max_side}: mend them in the config section faces."
            )
        self._min_face = min_face
        self._max_side = max_side
        self._device = torch.device(device)
        # Channels-last pooling makes the first network nearly twice as fast on CPU.
        self._networks = MTCNN(device=self._device).to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def detect(self, images: UInt8[np.ndarray, "batch height width 3"]) -> list[list[Detection]]:
        """Find the faces of each picture, surest first; a picture without a face has an empty list.

        Raises:
            ValueError: the array is not a batch of 8-bit RGB pictures.
        """
        if images.ndim != 4 or images.shape[3] != 3 or images.dtype != np.uint8:
            raise ValueError(
                f"Face detection takes 8-bit RGB pictures of shape (batch, height, width, 3), not "
                f"{images.dtype} of shape {images.shape}: stack frames of one size."
            )
        scale = min(1.0, self._max_side / max(1, *images.shape[1:3]))
        searched = self._searched(images, scale)
        min_face = max(self._min_face * scale, _SMALLEST_FACE)
        # MTCNN fails where its pyramid of sizes would be empty.
        if min(searched.shape[1:3]) < min_face:
            return [[] for _ in images]
        boxes, points = detect_face(
            searched,
            min_face,
            self._networks.pnet,
            self._networks.rnet,
            self._networks.onet,
            self._networks.thresholds,
            self._networks.factor,
            self._device,
        )
        # The pyramid starts at the smallest face, but boxes come out somewhat smaller or larger.
        return [
            [face for face in _detections(*found, scale) if face.size >= self._min_face]
            for found in zip(boxes, points, strict=True)
        ]

    def _searched(
        self, images: UInt8[np.ndarray, "batch height width 3"], scale: float
    ) -> Float[Tensor, "batch rows columns 3"]:
        """The pictures on the device, in the value range 0..255, no larger than the cap."""
        pictures = torch.tensor(images, device=self._device).permute(0, 3, 1, 2).float()
        if scale < 1.0:
            size = [max(1, round(side * scale)) for side in pictures.shape[2:]]
            pictures = F.interpolate(pictures, size=size, mode="bilinear", antialias=True)
        return pictures.permute(0, 2, 3, 1)


def _detections(boxes: np.ndarray, points: np.ndarray, scale: float) -> list[Detection]:
    """MTCNN's arrays (boxes with the score as fifth column) of one picture as detections, surest first."""
    numbers = np.asarray(boxes, dtype=np.float64).reshape(-1, 5)
    places = np.asarray(points, dtype=np.float64).reshape(-1, 5, 2) / scale
    return [
        Detection(
            box=tuple((numbers[k, :4] / scale).tolist()),
            score=float(numbers[k, 4]),
            points=places[k],
        )
        for k in np.argsort(-numbers[:, 4], kind="stable")
    ]
