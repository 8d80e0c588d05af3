"""Faces cut out upright: the chips that face encoders take, and the paper's loose crop.

All follow one similarity transform (rotation, one scale, shift) of the picture, the one that brings the face's
landmarks nearest to a mean face. So the chip of a face is always the same window of its crop, and cutting chips
from crops needs no detector: over 164 real faces the embeddings of dlib's `chip_from_crop` are 0.022 (median;
largest 0.039) from those of its `dlib_chip`. Crops aligned by the eyes alone would leave 0.12 even for frontal
faces.
"""

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from speech2face.data.faces.similarity import apply_transform, fit_similarity, sample_batch, sample_picture

CROP_SIZE = 224
CHIP_SIZE = 150
"""Side of dlib's chip."""
Window = tuple[float, float, float, float]
"""The left, top, right and bottom edge of a part of the crop, as shares of the crop's side."""

# Where the centres of the mean face's eyes lie in a crop, as parts of its side from the left and top edges:
# about the medians over 162 crops that the paper's authors published (x 0.38 and 0.64, y 0.385). The eyes of
# real faces scatter around them with a standard deviation of 0.009.
CROP_EYES = np.array([[0.37, 0.385], [0.63, 0.385]])

# dlib's mean face (get_face_chip_details in dlib/image_transforms/interpolation.h, Davis King, Boost Software
# License) for the landmarks that it aligns: nose, eyes, upper lip; brows, lower lip and jaw move too much.
_ALIGNED = np.array([*range(27, 55), *range(60, 65)])
_MEAN_X = np.hstack(
    [
        [0.490127, 0.490127, 0.490127, 0.490127, 0.366880, 0.426036, 0.490127, 0.554217, 0.613373],
        [0.121737, 0.187122, 0.265825, 0.334606, 0.260918, 0.182743],
        [0.645647, 0.714428, 0.793132, 0.858516, 0.797510, 0.719335],
        [0.254149, 0.340985, 0.428858, 0.490127, 0.551395, 0.639268, 0.726104],
        [0.290379, 0.428096, 0.490127, 0.552157, 0.689874],
    ]
)
_MEAN_Y = np.hstack(
    [
        [0.203352, 0.307009, 0.409805, 0.515625, 0.587326, 0.609345, 0.628106, 0.609345, 0.587326],
        [0.216423, 0.178758, 0.179852, 0.231733, 0.245099, 0.244077],
        [0.231733, 0.179852, 0.178758, 0.216423, 0.244077, 0.245099],
        [0.780233, 0.745405, 0.727388, 0.742578, 0.727388, 0.745405, 0.780233],
        [0.784792, 0.778746, 0.785343, 0.778746, 0.784792],
    ]
)
_PADDING = 0.25
_CHIP_FACE = (np.column_stack([_MEAN_X, _MEAN_Y]) + _PADDING) / (1 + 2 * _PADDING) * CHIP_SIZE
_CHIP_EYES = np.stack([_CHIP_FACE[9:15].mean(axis=0), _CHIP_FACE[15:21].mean(axis=0)])


def dlib_chip(
    image: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "68 2"]
) -> UInt8[np.ndarray, "150 150 3"]:
    """Cut the chip that dlib's face recogniser takes: its `get_face_chip(size=150, padding=0.25)`.

    Embeddings agree with those of dlib's own chip to about 0.01, and to 0.06 for faces twice the size of the
    chip or more, where dlib's image pyramid is a quarter of a pixel off.

    Raises:
        ValueError: the landmarks coincide.
    """
    return sample_picture(image, _chip_window(fit_similarity(_CHIP_FACE, landmarks[_ALIGNED])), CHIP_SIZE)


def face_crop(
    image: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "68 2"], size: int = CROP_SIZE
) -> UInt8[np.ndarray, "size size 3"]:
    """Cut the paper's loose crop, with hair and neck; the eyes are level and at `CROP_EYES`.

    Beyond the borders of the picture its outermost pixels repeat.

    Raises:
        ValueError: the landmarks coincide.
    """
    return sample_picture(image, crop_window(landmarks, size), size)


def crop_window(landmarks: Float[np.ndarray, "68 2"], size: int = CROP_SIZE) -> Float[np.ndarray, "2 3"]:
    """Return the transform from pixels of a crop to pixels of the picture that it is cut from."""
    crop_face = apply_transform(_chip_to_crop(size), _CHIP_FACE)
    return fit_similarity(crop_face, landmarks[_ALIGNED])


def crop_landmarks(landmarks: Float[np.ndarray, "68 2"]) -> Float[np.ndarray, "68 2"]:
    """A face's landmarks as fractions of the sides of its crop.

    Args:
        landmarks: x, y in pixels of the picture that `face_crop` cut the crop from.

    Raises:
        ValueError: the landmarks coincide.
    """
    # A crop of one pixel has sides of length 1, and the centre of its pixel is at (0, 0).
    window = crop_window(landmarks, 1)
    return np.linalg.solve(window[:, :2], (landmarks - window[:, 2]).T).T + 0.5


def chip_from_crop(crops: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch 3 150 150"]:
    """Cut dlib's chips from crops made by `face_crop`; differentiable, any square size, any device.

    Raises:
        ValueError: the crops are not square.
    """
    return sample_batch(crops, _chip_window(_chip_to_crop(_side(crops))), CHIP_SIZE)


def window_of_picture(
    image: UInt8[np.ndarray, "height width 3"],
    landmarks: Float[np.ndarray, "68 2"],
    window: Window,
    size: int,
) -> UInt8[np.ndarray, "size size 3"]:
    """Cut a window of the face's crop from the picture itself, stretched to a square.

    Args:
        window: see `Window`.
        size: side of the result, in pixels.

    Raises:
        ValueError: the landmarks coincide.
    """
    within, to_picture = _window_to_crop(window, size, CROP_SIZE), crop_window(landmarks, CROP_SIZE)
    linear = to_picture[:, :2] @ within[:, :2]
    return sample_picture(image, np.column_stack([linear, apply_transform(to_picture, within[None, :, 2])[0]]), size)


def window_of_crops(
    crops: Float[Tensor, "batch 3 side side"], window: Window, size: int
) -> Float[Tensor, "batch 3 size size"]:
    """Cut the same window from crops made by `face_crop`; differentiable, any square size, any device.

    Raises:
        ValueError: the crops are not square.
    """
    return sample_batch(crops, _window_to_crop(window, size, _side(crops)), size)


def _window_to_crop(window: Window, size: int, side: int) -> Float[np.ndarray, "2 3"]:
    """The transform from pixels of a window of `size` pixels to pixels of the crop with that side."""
    start, end = np.array(window[:2]), np.array(window[2:])
    scale = (end - start) * side / size
    # The window's edges, not the centres of its outermost pixels, lie at the given parts of the crop.
    return np.column_stack([np.diag(scale), start * side + (scale - 1) / 2])


def _side(crops: Float[Tensor, "batch channels height width"]) -> int:
    """The side of square crops in pixels."""
    if crops.ndim != 4 or crops.shape[2] != crops.shape[3]:
        raise ValueError(f"Crops have shape (batch, 3, side, side), not {tuple(crops.shape)}: use face_crop.")
    return crops.shape[3]


def _chip_to_crop(size: int) -> Float[np.ndarray, "2 3"]:
    """The transform from the mean face in a chip to the mean face in a crop."""
    return fit_similarity(_CHIP_EYES, CROP_EYES * size - 0.5)


def _chip_window(fitted: Float[np.ndarray, "2 3"]) -> Float[np.ndarray, "2 3"]:
    """The transform from pixels of a chip to pixels of the picture, given how the mean face was fitted.

    dlib does not sample through the fit itself: it lays the centres of the outermost pixels on the edges of
    a rectangle around the fitted centre whose sides are one picture pixel shorter than the fitted ones.
    """
    scale = np.hypot(fitted[0, 0], fitted[1, 0])
    linear = fitted[:, :2] * (CHIP_SIZE - 1 / scale) / (CHIP_SIZE - 1)
    centre = apply_transform(fitted, np.full((1, 2), CHIP_SIZE / 2))[0]
    return np.column_stack([linear, centre - linear @ np.full(2, (CHIP_SIZE - 1) / 2)])
