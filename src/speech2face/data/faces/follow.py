"""Tracking faces through a segment of video, from detections every few frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from speech2face.data.faces.detection import Detection

# A detection continues a track if its centre moved by less than this share of its size, and its size changed by less
# than this factor: heads move less, and people do not sit closer together.
_STEP = 0.5
_GROWTH = 1.5
# A face that is missed more often than this in a row is lost: after a cut, another may be at its position.
_MISSES = 1
# A face counts if it is found in this share of the searched frames.
_SHARE = 0.5
_ROUNDING_S = 0.001


@dataclass(frozen=True, kw_only=True)
class FollowedFace:
    """One face in the frames `first` to `last`.

    Attributes:
        first: the number of the first frame.
        times: of these frames, seconds.
        size: median of `Detection.size`, pixels.
        points: x, y in pixels of the five points of `Detection`, for each frame from the first to the last.
        centres: x, y in pixels of the centre of the box, for each of these frames.
    """

    first: int
    times: Float[np.ndarray, "frames"]
    size: float
    points: Float[np.ndarray, "frames 5 2"]
    centres: Float[np.ndarray, "frames 2"]

    @property
    def last(self) -> int:
        """The number of the last frame."""
        return self.first + len(self.points) - 1

    def centre_at(self, time: float) -> Float[np.ndarray, "2"] | None:
        """The centre at a time in seconds; None before the first frame and after the last."""
        # Times of one frame, read twice, may differ by rounding.
        if not self.times[0] - _ROUNDING_S <= time <= self.times[-1] + _ROUNDING_S:
            return None
        return np.array([np.interp(time, self.times, axis) for axis in self.centres.T])


@dataclass
class _Trail:
    """The detections of one face so far, and the frames of them."""

    frames: list[int] = field(default_factory=list)
    faces: list[Detection] = field(default_factory=list)
    misses: int = 0

    def add(self, frame: int, face: Detection) -> None:
        self.frames.append(frame)
        self.faces.append(face)
        self.misses = 0


def follow(found: Mapping[int, Sequence[Detection]], times: Sequence[float]) -> list[FollowedFace]:
    """Join detections to tracks, and interpolate each face in the frames between them.

    Args:
        found: the faces in some frames, by the number of the frame.
        times: of all frames, in seconds.

    Returns:
        The faces found often enough, in the order of their first frames.
    """
    trails: list[_Trail] = []
    for frame in sorted(found):
        _extend(trails, frame, found[frame])
    return [_carried(trail, np.array(times)) for trail in trails if len(trail.frames) >= _SHARE * len(found)]


def _extend(trails: list[_Trail], frame: int, faces: Sequence[Detection]) -> None:
    """Assign each face to the track that it continues, nearest first; the others start new tracks."""
    steps = sorted(
        (step, index, number)
        for number, trail in enumerate(trails)
        if trail.misses <= _MISSES
        for index, face in enumerate(faces)
        if (step := _step(trail.faces[-1], face)) < _STEP
    )
    continued: set[int] = set()
    taken: set[int] = set()
    for _, index, number in steps:
        if number not in continued and index not in taken:
            trails[number].add(frame, faces[index])
            continued.add(number)
            taken.add(index)
    for number, trail in enumerate(trails):
        trail.misses += number not in continued
    for index, face in enumerate(faces):
        if index not in taken:
            trails.append(_Trail([frame], [face]))


def _step(before: Detection, after: Detection) -> float:
    """Movement of the face in face sizes; infinite if the sizes are too different."""
    small, large = sorted((before.size, after.size))
    if not 0 < large <= _GROWTH * small:
        return float("inf")
    return float(np.linalg.norm(after.centre - before.centre)) / large


def _carried(trail: _Trail, times: Float[np.ndarray, "all"]) -> FollowedFace:
    first, last = trail.frames[0], trail.frames[-1]
    positions = np.stack([np.vstack([face.points, face.centre]) for face in trail.faces])
    at, known = times[first : last + 1], times[trail.frames]
    columns = [np.interp(at, known, column) for column in positions.reshape(len(positions), -1).T]
    carried = np.stack(columns, axis=1).reshape(-1, *positions.shape[1:])
    size = float(np.median([face.size for face in trail.faces]))
    return FollowedFace(first=first, times=at, size=size, points=carried[:, :-1], centres=carried[:, -1])
