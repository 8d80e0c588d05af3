"""The cut-out: head and hair of a photograph, without a segmentation network.

GrabCut (Rother, Kolmogorov and Blake 2004) tells head from background by their colours, seeded by the landmarks; a
guided filter (He, Sun and Tang 2010) then lays the outline along the edges of the picture.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

_SIDE = 112
"""Side of the picture in which GrabCut works, pixels: at 224 it takes four times as long."""
_ROUNDS = 3
# The guided filter's radius in pixels and the variance of grey values (0 to 1) that counts as an edge.
_RADIUS, _EDGE = 5, 1e-4
# A head has between so many times the area of its landmarks' hull, which ends at the brows.
_LEAST, _MOST = 1.5, 2.6
# Share of both the crop's left and right edge, above the chin, that a head may cover: more is background.
_TOUCHING = 0.15


def cut_out(
    crop: UInt8[np.ndarray, "side side 3"], landmarks: Float[np.ndarray, "68 2"]
) -> UInt8[np.ndarray, "side side"] | None:
    """Return the mask of head, hair and neck, 255 inside; None where no plausible outline was found.

    Args:
        crop: as `face_crop` cuts it.
        landmarks: x, y as shares of the crop's sides.
    """
    small = cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    points = landmarks * _SIDE - 0.5
    labels = _seeds(points)
    sure = labels == cv2.GC_FGD
    if sure.all() or not sure.any():
        return None
    cv2.setRNGSeed(0)
    cv2.grabCut(small, labels, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    # Without what is only a few pixels wide, or not joined to the face.
    broad = cv2.morphologyEx(inside, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    head = _piece_with((sure | (broad > 0)).astype(np.uint8), sure)
    return _along_edges(head, crop) if _plausible(head, sure, points[8, 1]) else None


def _seeds(points: Float[np.ndarray, "68 2"]) -> UInt8[np.ndarray, "side side"]:
    """GrabCut's labels before it starts: surely head in the landmarks' hull, surely not far from it."""
    labels = np.full((_SIDE, _SIDE), cv2.GC_BGD, np.uint8)
    between_eyes, chin = points[36:48].mean(axis=0), points[8]
    tall, wide = (float(np.linalg.norm(line)) for line in (chin - between_eyes, points[16] - points[0]))
    down = np.array([0.0, tall])
    _ellipse(labels, between_eyes + 0.1 * down, (0.75 * wide, 1.75 * tall), cv2.GC_PR_BGD)
    _ellipse(labels, between_eyes - 0.15 * down, (0.62 * wide, 1.05 * tall), cv2.GC_PR_FGD)
    right, left = points[4], points[12]
    neck = np.array([right, left, left + 2 * down, right + 2 * down])
    cv2.fillConvexPoly(labels, neck.round().astype(np.int32), int(cv2.GC_PR_FGD))
    cv2.fillConvexPoly(labels, cv2.convexHull(points.round().astype(np.int32)), int(cv2.GC_FGD))
    return labels


def _ellipse(
    labels: UInt8[np.ndarray, "side side"], centre: Float[np.ndarray, "2"], axes: tuple[float, float], label: int
) -> None:
    x, y = centre.round().astype(int).tolist()
    cv2.ellipse(labels, (x, y), (round(axes[0]), round(axes[1])), 0, 0, 360, int(label), -1)


def _piece_with(head: UInt8[np.ndarray, "side side"], sure: np.ndarray) -> UInt8[np.ndarray, "side side"]:
    """The connected piece that holds the face, with its holes filled."""
    _, pieces = cv2.connectedComponents(head)
    piece = (pieces == np.bincount(pieces[sure]).argmax()).astype(np.uint8)
    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(piece, outlines, -1, 1, -1)


def _plausible(head: UInt8[np.ndarray, "side side"], sure: Bool[np.ndarray, "side side"], chin: float) -> bool:
    """Whether an outline can be a head's; what lies below the chin does not matter."""
    upper = head[: max(1, round(chin))]
    touching = upper[:, [0, -1]].mean(axis=0).min()
    return bool(_LEAST < upper.sum() / sure.sum() < _MOST and touching < _TOUCHING)


def _along_edges(
    head: UInt8[np.ndarray, "small small"], crop: UInt8[np.ndarray, "side side 3"]
) -> UInt8[np.ndarray, "side side"]:
    """The mask enlarged to the crop, its outline drawn to edges of the picture."""
    side = (crop.shape[1], crop.shape[0])
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    rough = cv2.resize(head.astype(np.float32), side, interpolation=cv2.INTER_LINEAR)

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (2 * _RADIUS + 1, 2 * _RADIUS + 1))

    grey_mean, rough_mean = mean(grey), mean(rough)
    slope = (mean(grey * rough) - grey_mean * rough_mean) / (mean(grey * grey) - grey_mean**2 + _EDGE)
    fitted = mean(slope) * grey + mean(rough_mean - slope * grey_mean)
    # The filter leaves a veil on either side of an outline.
    return (255 * ((fitted - 0.2) / 0.6).clip(0, 1) + 0.5).astype(np.uint8)
