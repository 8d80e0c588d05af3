"""68 facial landmarks by dlib's shape predictor (Kazemi and Sullivan, 2014), in the iBUG 300-W numbering."""

from dataclasses import dataclass

import dlib
import numpy as np
from jaxtyping import Float, UInt8

from speech2face.base.released import read_released
from speech2face.data.faces.dlib_weights import REMEDY, package_model
from speech2face.data.faces.similarity import apply_transform, sample_picture

PREDICTOR_FILE = "face_recognition_models/models/shape_predictor_68_face_landmarks.dat"
PREDICTOR_SHA256 = "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f"
LANDMARKS = 68

# "Right" and "left" are the person's own: the right eye is on the left of the picture.
JAW = slice(0, 17)
RIGHT_BROW = slice(17, 22)
LEFT_BROW = slice(22, 27)
NOSE = slice(27, 36)
RIGHT_EYE = slice(36, 42)
LEFT_EYE = slice(42, 48)
MOUTH = slice(48, 68)
INNER_LIPS = slice(60, 68)

# The landmark of the other half of the face for each landmark: a mirrored face has landmarks
# points[MIRRORED], with x flipped.
MIRRORED = np.hstack(
    [
        [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)],
        [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40],
        [*range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1)],
    ]
)

# The predictor starts from the square of dlib's own detector. Measured against it, the centre lies midway
# between the eyes and the corners of the mouth (slightly above), and the side is this many times the diagonal
# of the rectangle that the distance between the eyes and the height from mouth to eyes span: medians over
# 162 pictures. A square from the detector's box instead loses one face in ten when heads turn or tilt.
_SQUARE_ABOVE = 0.025
_SQUARE_SIDE = 1.6

# The copy in which landmarks are found to a part of a pixel: its side in pixels, and how many sides of the square
# it shows.
_FINE_SIDE = 400
_FINE_REACH = 1.5


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """Centres (x, y in pixels) of the two eyes, named by their side in the picture."""

    on_left: Float[np.ndarray, "2"]
    on_right: Float[np.ndarray, "2"]

    @property
    def distance(self) -> float:
        """Distance between the centres, in pixels."""
        return float(np.linalg.norm(self.on_right - self.on_left))


class LandmarkFinder:
    """Finds the 68 landmarks of a detected face. Loading reads 100 MB; keep one per process.

    Raises:
        FileNotFoundError: the package of dlib's weights is not installed.
        ValueError: its file is not the published one.
    """

    def __init__(self) -> None:
        path = package_model(PREDICTOR_FILE)
        read_released(path, PREDICTOR_SHA256, REMEDY)
        # dlib reads files only by name.
        self._predictor = dlib.shape_predictor(str(path))

    def landmarks(
        self, image: UInt8[np.ndarray, "height width 3"], points: Float[np.ndarray, "5 2"]
    ) -> Float[np.ndarray, "68 2"]:
        """Find the landmarks of the face whose eyes, nose and mouth corners are at `points`.

        Args:
            image: RGB picture.
            points: x, y in pixels, as `Detection.points` gives them.

        Returns:
            x, y in pixels (whole numbers); landmarks may lie outside the picture.

        Raises:
            ValueError: the points coincide or the picture is not 8-bit RGB.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(
                f"Landmarks need an 8-bit RGB picture, not {image.dtype} of shape {image.shape}: convert it."
            )
        x, y, side = _square(points)
        square = dlib.rectangle(round(x), round(y), round(x + side), round(y + side))
        parts = self._predictor(np.ascontiguousarray(image), square).parts()
        return np.array([(part.x, part.y) for part in parts], dtype=np.float64)

    def fine_landmarks(
        self, image: UInt8[np.ndarray, "height width 3"], points: Float[np.ndarray, "5 2"]
    ) -> Float[np.ndarray, "68 2"]:
        """Find the landmarks to a part of a pixel, in a copy of the face of one size; for small movements.

        Takes and returns what `landmarks` does.

        Raises:
            ValueError: the points coincide.
        """
        x, y, side = _square(points)
        scale = _FINE_REACH * side / _FINE_SIDE
        margin = (_FINE_REACH - 1) / 2 * side
        to_image = np.array([[scale, 0.0, x - margin], [0.0, scale, y - margin]])
        enlarged = sample_picture(image, to_image, _FINE_SIDE)
        return apply_transform(to_image, self.landmarks(enlarged, (points - to_image[:, 2]) / scale))


def _square(points: Float[np.ndarray, "5 2"]) -> tuple[float, float, float]:
    """Left and top edge and side of the square that the predictor starts from.

    Raises:
        ValueError: the points coincide.
    """
    between_eyes, between_corners = points[:2].mean(axis=0), points[3:].mean(axis=0)
    across = np.linalg.norm(points[1] - points[0])
    side = _SQUARE_SIDE * float(np.hypot(across, np.linalg.norm(between_corners - between_eyes)))
    if not side >= 1.0:
        raise ValueError(f"Landmarks need the five points of a face, not {points.tolist()}: detect it first.")
    x, y = (between_eyes + between_corners - side) / 2 - (0.0, _SQUARE_ABOVE * side)
    return float(x), float(y), side


def eyes(landmarks: Float[np.ndarray, "68 2"]) -> Eyes:
    """Return the centres of the eyes: the mean of the six landmarks around each."""
    return Eyes(on_left=landmarks[RIGHT_EYE].mean(axis=0), on_right=landmarks[LEFT_EYE].mean(axis=0))
