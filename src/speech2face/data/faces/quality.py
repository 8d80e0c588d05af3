"""Quality of a frame as a picture of a face: pose, sharpness and mouth, to choose the best of a clip."""

import numpy as np
from jaxtyping import Float, UInt8

from speech2face.data.faces.alignment import CROP_SIZE, crop_window
from speech2face.data.faces.landmarks import LEFT_EYE, RIGHT_EYE, eyes

# Where the tip of the nose lies between the line of the eyes (0) and the base of the nose (1) in dlib's mean
# face, and how far off it may be before a face counts as turned wholly up or down.
_NOSE_TIP = 0.73
_NOSE_TIP_REACH = 0.5


def frontality(landmarks: Float[np.ndarray, "68 2"]) -> float:
    """Return how much a face looks into the camera: 1 for a frontal face, 0 for a profile.

    The product of a yaw proxy (the tip of the nose is as far from both outer eye corners along the line of
    the eyes) and a pitch proxy (it lies as far below that line as in the mean face). In-plane rotation and
    size do not matter. Landmarks in which the eyes coincide give 0.
    """
    found = eyes(landmarks)
    if found.distance == 0.0:
        return 0.0
    along = (found.on_right - found.on_left) / found.distance
    down = np.array([-along[1], along[0]])
    tip = landmarks[30]
    to_left = float((tip - landmarks[36]) @ along)
    to_right = float((landmarks[45] - tip) @ along)
    below = float((tip - found.on_left) @ down)
    base = float((landmarks[33] - found.on_left) @ down)
    if min(to_left, to_right, base) <= 0.0:
        return 0.0
    yaw = min(to_left, to_right) / max(to_left, to_right)
    pitch = max(0.0, 1.0 - abs(below / base - _NOSE_TIP) / _NOSE_TIP_REACH)
    return yaw * pitch


def mouth_opening(landmarks: Float[np.ndarray, "68 2"]) -> float:
    """Return the mean gap between the lips as a part of the width of the mouth: 0 when closed."""
    width = float(np.linalg.norm(landmarks[64] - landmarks[60]))
    if width == 0.0:
        return 0.0
    gaps = np.linalg.norm(landmarks[[67, 66, 65]] - landmarks[[61, 62, 63]], axis=1)
    return float(gaps.mean()) / width


def lip_opening(landmarks: Float[np.ndarray, "68 2"]) -> float:
    """Return the mean distance between the outer edges of the lips as a part of the height from eyes to nose.

    The edges are found more surely than the gap, and the height of a face changes little when it turns or talks:
    for following one mouth through time. Landmarks in which eyes and nose coincide give 0.
    """
    found = eyes(landmarks)
    height = float(np.linalg.norm(landmarks[33] - (found.on_left + found.on_right) / 2))
    if height == 0.0:
        return 0.0
    return float(np.linalg.norm(landmarks[55:60] - landmarks[53:48:-1], axis=1).mean()) / height


def resolution(landmarks: Float[np.ndarray, "68 2"]) -> float:
    """Return how much of the paper's crop (224 px) a face can fill without being enlarged: 1 for all, or more.

    Raises:
        ValueError: the landmarks coincide.
    """
    window = crop_window(landmarks, CROP_SIZE)
    return min(1.0, float(np.hypot(window[0, 0], window[1, 0])))


def eye_opening(landmarks: Float[np.ndarray, "68 2"]) -> float:
    """Return the mean height of the eyes as a part of their width: about 0.3 when open, 0.1 when shut.

    Raises:
        ValueError: the corners of an eye coincide.
    """
    ratios = []
    for eye in (landmarks[RIGHT_EYE], landmarks[LEFT_EYE]):
        width = float(np.linalg.norm(eye[3] - eye[0]))
        if width == 0.0:
            raise ValueError("The corners of an eye coincide: these are not the landmarks of a face.")
        ratios.append(float(np.linalg.norm(eye[[5, 4]] - eye[[1, 2]], axis=1).mean()) / width)
    return float(np.mean(ratios))


def sharpness(image: UInt8[np.ndarray, "height width 3"]) -> float:
    """Return the variance of the Laplacian of the picture's grey values, in squared 8-bit steps.

    It depends on the picture's scale: compare pictures of one size, such as face crops.

    Raises:
        ValueError: the picture is smaller than 3 x 3 pixels.
    """
    if min(image.shape[:2]) < 3:
        raise ValueError(f"Sharpness needs at least 3 x 3 pixels, not {image.shape[:2]}: pass a face crop.")
    # Rec. 601 luma in single precision: the differences are of whole grey steps.
    grey = image @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4.0 * grey[1:-1, 1:-1]
    return float(laplacian.var(dtype=np.float64))
