"""Face detection with MTCNN (Zhang et al., 2016)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from facenet_pytorch import MTCNN
from jaxtyping import Float, UInt8
from PIL import Image

from speech2face.data.faces.mtcnn import search

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

    @property
    def centre(self) -> Float[np.ndarray, "2"]:
        """x, y in pixels of the centre of the box."""
        left, top, right, bottom = self.box
        return np.array([(left + right) / 2, (top + bottom) / 2])


class FaceDetector:
    """Finds every face in pictures; the result for a picture does not depend on the other pictures.

    Args:
        min_face: faces whose `Detection.size` in the given picture is below this are left out.
        max_side: pictures with a longer side are not searched for faces that would be below 20 pixels if the
            picture were reduced to this side, so that large pictures take no longer than one of this size.
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
        self._networks = MTCNN(device=torch.device(device))

    def detect(
        self, images: Sequence[UInt8[np.ndarray, "height width 3"]], *, wanted: float = 0.0
    ) -> list[list[Detection]]:
        """Find the faces of each picture, surest first; a picture without a face has an empty list.

        Args:
            wanted: faces smaller than this, in pixels, may be missed, which is faster.

        Raises:
            ValueError: a picture is not 8-bit RGB.
        """
        return [self._faces(image, wanted) for image in images]

    def _faces(self, image: UInt8[np.ndarray, "height width 3"], wanted: float) -> list[Detection]:
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(
                f"Face detection takes 8-bit RGB pictures of shape (height, width, 3), not {image.dtype} of shape "
                f"{image.shape}: convert them."
            )
        scale = min(1.0, self._max_side / max(1, *image.shape[:2]))
        smallest = max(self._min_face, _SMALLEST_FACE / scale)
        if min(image.shape[:2]) < smallest:
            return []
        found = search(Image.fromarray(image), self._networks, min_face=smallest, wanted=max(wanted, smallest))
        faces = [
            Detection(box=tuple(box), score=score, points=points)
            for box, score, points in zip(
                found.boxes.double().tolist(), found.scores.tolist(), found.points.double().numpy(), strict=True
            )
        ]
        # The search starts at the smallest face, but boxes come out somewhat smaller or larger.
        return [face for face in faces if face.size >= self._min_face]
