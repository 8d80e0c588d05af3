"""Features of a face for a cartoon: shapes from its landmarks, colours from the pixels between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from matplotlib.path import Path

from speech2face.data.faces.landmarks import LEFT_BROW, LEFT_EYE, MIRRORED, RIGHT_BROW, RIGHT_EYE
from speech2face.learning.decoder.normalised import frontal_landmarks

Colour = Float[np.ndarray, "3"]
"""Red, green and blue in 0..1."""

# Regions that are measured; lengths in parts of the picture's side.
_CHEEK = (36, 1, 2, 3, 48, 31, 39, 40, 41)
_CHIN = (6, 7, 8, 9, 10)
_LOWER_LIP = 57
_LIPS = (*range(48, 60), 48, 60, *range(67, 59, -1))  # a ring: the mouth inside is no lip
_BROW_ENDS = ((27, 27), (19, 24), (17, 26))
_HALF_BROW = 0.015
_ABOVE_BROW = 0.04
_FOREHEAD_WIDTH, _FOREHEAD_HEIGHT = 0.2, 0.06
_CORNER = 0.1
_CROWN_WIDTH, _CROWN_HEIGHT = 0.24, 0.05
_BESIDE_NEAR, _BESIDE_FAR, _BESIDE_HEIGHT = 0.04, 0.1, 0.06
# The landmarks of the jaw beside which hair is looked for: at the ears, the mouth and the chin.
_AT_EARS, _AT_MOUTH, _AT_CHIN = (0, 1), (3, 4), (5, 6)

# Thresholds, chosen on pictures decoded from voices of the default world.
_BALD = 0.12
"""A crown nearer to the forehead's colour than this, in a cube of side 1, has no hair."""
_SHAVEN = 0.86
"""A chin darker than this part of the cheeks' brightness has a beard: shadow alone leaves more."""
_HAIR_BESIDE, _HAIR_AT_EARS = 0.045, 0.09
"""Hair beside the face is darker than the ground by at least this; a mean of many pictures hardly shows it."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """The features of a face.

    Attributes:
        landmarks: x, y in parts of the picture's sides, made symmetric about its middle.
        eyes: the colour of the iris, or of all that is dark in the eyes where they are small.
        beard: colour of the chin where it is dark; None: shaven.
        hair: None: bald.
        hairline: height of the hair's lower edge above the nose, the brows' middles and the brows' outer ends; 0 where
            it is not in the picture.
        hair_length: 0: close to the head; 1: standing out beside the ears; 2: to the jaw; 3: to the shoulders.
    """

    landmarks: Float[np.ndarray, "68 2"]
    skin: Colour
    lips: Colour
    brows: Colour
    eyes: Colour
    beard: Colour | None
    hair: Colour | None
    hairline: Float[np.ndarray, "3"]
    hair_length: int


def look_at(picture: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "68 2"]) -> Looks:
    """Measure a face that fills its picture as in the crops of the faces phase.

    Args:
        picture: RGB.
        landmarks: x, y in parts of the picture's sides from its outer edges.
    """
    pixels = _Pixels(picture)
    skin = pixels.median(_mirrored(landmarks, _CHEEK))
    edge, lip = landmarks[list(_CHIN)], landmarks[_LOWER_LIP]
    chin = pixels.median([np.vstack([0.8 * edge + 0.2 * lip, (0.5 * edge + 0.5 * lip)[::-1]])])
    forehead = pixels.median([_forehead(landmarks)])
    crown = pixels.median([_box(landmarks[27, 0] - _CROWN_WIDTH / 2, 0, _CROWN_WIDTH, _CROWN_HEIGHT)], darkest=0.5)
    length = _hair_length(pixels, landmarks)
    where = _AT_EARS if length == 1 else _AT_MOUTH
    beside = [outline for number in where for outline in _beside(landmarks, number)]
    # Above the forehead of a mean of many faces hair and skin are mixed; hair elsewhere counts as much.
    hair = (crown + pixels.median(beside, darkest=0.5)) / 2 if length else crown
    return Looks(
        landmarks=frontal_landmarks(torch.from_numpy(landmarks.astype(np.float64))).numpy(),
        skin=skin,
        lips=pixels.median([landmarks[list(_LIPS)]]),
        brows=pixels.median([_band(landmarks[brow]) for brow in (RIGHT_BROW, LEFT_BROW)], darkest=0.3),
        eyes=pixels.median([landmarks[eye] for eye in (RIGHT_EYE, LEFT_EYE)], darkest=0.3),
        beard=chin if chin.mean() < _SHAVEN * skin.mean() else None,
        hair=None if np.linalg.norm(crown - forehead) < _BALD else hair,
        hairline=np.array([pixels.hairline(landmarks[list(ends)], forehead, crown) for ends in _BROW_ENDS]),
        hair_length=length,
    )


class _Pixels:
    """The colours of a picture, and where they are."""

    def __init__(self, picture: np.ndarray) -> None:
        self._picture = picture / 255.0
        self._height, self._width = picture.shape[:2]
        rows, columns = np.mgrid[: self._height, : self._width] + 0.5
        self._places = np.stack([columns.ravel() / self._width, rows.ravel() / self._height], axis=1)

    def median(self, outlines: Sequence[np.ndarray], *, darkest: float = 1.0) -> np.ndarray:
        """The median colour inside of outlines, or of the darkest share of the pixels there.

        An outline that holds no pixel gives the one nearest to its middle.
        """
        inside = np.zeros(len(self._places), bool)
        for outline in outlines:
            here = Path(outline).contains_points(self._places)
            if not here.any():
                here[np.linalg.norm(self._places - outline.mean(axis=0), axis=1).argmin()] = True
            inside |= here
        colours = self._picture.reshape(-1, 3)[inside]
        order = np.argsort(colours.sum(axis=1), kind="stable")
        return np.median(colours[order[: max(1, round(darkest * len(order)))]], axis=0)

    def hairline(self, brows: np.ndarray, skin: np.ndarray, hair: np.ndarray) -> float:
        """The mean height at which hair turns into skin on the ways down to points of the brows."""
        method = hair - skin
        found = []
        for x, y in brows:
            column = min(max(round(x * self._width - 0.5), 0), self._width - 1)
            above = self._picture[: max(round((y - _ABOVE_BROW) * self._height), 0), column]
            bare = np.flatnonzero((above - skin) @ method < 0.5 * method @ method)
            found.append(bare[0] / self._height if bare.size else y - _ABOVE_BROW)
        return float(np.mean(found))


def _hair_length(pixels: _Pixels, landmarks: np.ndarray) -> int:
    corners = [_box(left, 0, _CORNER, _CORNER) for left in (0, 1 - _CORNER)]
    ground = pixels.median(corners).mean()
    at_ears, at_mouth, at_chin = (
        ground - np.mean([pixels.median(_beside(landmarks, number)).mean() for number in numbers])
        for numbers in (_AT_EARS, _AT_MOUTH, _AT_CHIN)
    )
    if at_mouth < _HAIR_BESIDE:
        return int(at_ears > _HAIR_AT_EARS)
    return 3 if at_chin > at_mouth / 2 else 2


def _mirrored(landmarks: np.ndarray, numbers: Sequence[int]) -> list[np.ndarray]:
    """The outline through landmarks, and the one on the other half of the face."""
    return [landmarks[list(numbers)], landmarks[MIRRORED[list(numbers)]]]


def _box(left: float, top: float, width: float, height: float) -> np.ndarray:
    return np.array([(left, top), (left + width, top), (left + width, top + height), (left, top + height)])


def _forehead(landmarks: np.ndarray) -> np.ndarray:
    middle, brows = landmarks[27, 0], landmarks[17:27, 1].min()
    top = brows - _ABOVE_BROW - _FOREHEAD_HEIGHT
    return _box(middle - _FOREHEAD_WIDTH / 2, top, _FOREHEAD_WIDTH, _FOREHEAD_HEIGHT)


def _beside(landmarks: np.ndarray, number: int) -> list[np.ndarray]:
    """Boxes a little outside of a landmark of the jaw and of the one opposite."""
    (left, left_y), (right, right_y) = landmarks[[number, MIRRORED[number]]] - (0, _BESIDE_HEIGHT / 2)
    width = _BESIDE_FAR - _BESIDE_NEAR
    return [
        _box(left - _BESIDE_FAR, left_y, width, _BESIDE_HEIGHT),
        _box(right + _BESIDE_NEAR, right_y, width, _BESIDE_HEIGHT),
    ]


def _band(line: np.ndarray) -> np.ndarray:
    half = np.array([0, _HALF_BROW])
    return np.vstack([line - half, line[::-1] + half])
