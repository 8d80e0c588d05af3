"""Quality of a photograph as a portrait: its weight among those that the face decoder learns from."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from speech2face.data.faces.quality import frontality, sharpness

_SIDE = 96
"""Side of the crop in which sharpness and symmetry are measured, pixels."""
_FACE = slice(_SIDE // 4, 3 * _SIDE // 4)
"""Rows and columns of the crop from brow to chin, between the cheeks."""
_CRISP = 100.0
"""Sharpness of half weight, as in the choice of a clip's best frame."""


def portrait_quality(crop: UInt8[np.ndarray, "side side 3"], landmarks: Float[np.ndarray, "68 2"]) -> float:
    """Return the product of three shares; 1 is a frontal, sharp face with alike halves.

    - How frontal the landmarks are: `frontality`, 0 for a profile.
    - How sharp the face is: its variance of the Laplacian v as v / (v + 100).
    - How alike its halves are: (1 + r) / 2 for the correlation r of `symmetry`. Light from one side, a turned head,
      and a hand or a microphone before one half lower it.

    What is itself symmetric, such as a hat, sunglasses or a microphone before the chin, is not noticed.

    Args:
        crop: as `face_crop` cuts it.
        landmarks: x, y as shares of the crop's sides.
    """
    small = cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    crisp = sharpness(small[_FACE, _FACE])
    return frontality(landmarks) * crisp / (crisp + _CRISP) * (1 + symmetry(small, landmarks)) / 2


def symmetry(picture: UInt8[np.ndarray, "side side 3"], landmarks: Float[np.ndarray, "68 2"]) -> float:
    """Return the correlation, -1 to 1, of the features of a face with their mirror image about its midline.

    Features are grey values less their mean over a tenth of the side, so that even light does not count.
    """
    side = len(picture)
    points = landmarks * side - 0.5
    # The bridge and the base of the nose, and the chin.
    middle = points[[27, 33, 8], 0].mean()
    to_mirror = np.array([[-1, 0, 2 * middle], [0, 1, 0]], np.float32)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    features = cv2.GaussianBlur(grey, (0, 0), side / 64) - cv2.GaussianBlur(grey, (0, 0), side / 10)
    face = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(points.round().astype(np.int32)), 1)
    both = (face > 0) & (cv2.warpAffine(face, to_mirror, (side, side)) > 0)
    mirrored = cv2.warpAffine(features, to_mirror, (side, side), borderMode=cv2.BORDER_REPLICATE)
    a, b = (values[both] - values[both].mean() for values in (features, mirrored)) if both.any() else ((), ())
    spread = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.dot(a, b)) / spread if spread else 0.0
