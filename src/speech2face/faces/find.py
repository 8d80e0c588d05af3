"""The faces phase: one shard of clips in, the best face of each with crop and embedding out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from speech2face.config import Faces
from speech2face.faces.alignment import dlib_chip, face_crop
from speech2face.faces.detection import Detection, FaceDetector
from speech2face.faces.encoders import load_face_encoder
from speech2face.faces.landmarks import LANDMARKS, LandmarkFinder
from speech2face.faces.quality import eye_opening, frontality, mouth_opening, sharpness
from speech2face.images import decode_image, encode_jpeg
from speech2face.progress import progress
from speech2face.shards import ShardWriter, array_field, iter_rows, read_shard
from speech2face.status import STATUS_FIELDS, Reason, Rejected, Status

# Clips whose frames go through the detector together.
_GROUP = 8
_MAX_SIDE = 1280


@dataclass(frozen=True, kw_only=True)
class Face:
    """One face in one frame: the picture, where its face is, and its landmarks [68, 2] in pixels."""

    picture: np.ndarray
    detection: Detection
    landmarks: np.ndarray
    frame: int

    @property
    def quality(self) -> float:
        """How well the frame shows the face: frontal, eyes open, mouth closed, sharp; higher is better.

        Pose counts most, since a turned face cannot be mended later. Eyes and sharpness only decide between
        frames that are otherwise alike: they saturate, or grain and staring would win.
        """
        crisp = sharpness(face_crop(self.picture, self.landmarks, 96))
        return (
            frontality(self.landmarks)
            + 0.5 * min(eye_opening(self.landmarks), 0.2) / 0.2
            - 0.5 * mouth_opening(self.landmarks)
            + 0.1 * crisp / (crisp + 100)
        )


@dataclass(frozen=True, kw_only=True)
class SeenFace:
    """What is seen in a picture: the face's embedding, and its landmarks [68, 2] in parts of the picture's sides."""

    embedding: np.ndarray
    landmarks: np.ndarray


class FaceFinder:
    """Detects, chooses, aligns and embeds faces; loads its networks once."""

    def __init__(self, settings: Faces) -> None:
        self._settings = settings
        self._detector = FaceDetector(min_face=settings.min_face_pixels, max_side=_MAX_SIDE)
        self._landmarks = LandmarkFinder()
        self._encoder = load_face_encoder(settings.encoder)

    @property
    def dimension(self) -> int:
        """Length of an embedding."""
        return self._encoder.dimension

    def detect(self, pictures: Sequence[np.ndarray]) -> list[list[Detection]]:
        """The faces of each picture that are sure enough; pictures of one size are searched together."""
        groups = defaultdict(list)
        for place, picture in enumerate(pictures):
            groups[picture.shape].append(place)
        found: list[list[Detection]] = [[] for _ in pictures]
        for places in groups.values():
            batch = self._detector.detect(np.stack([pictures[place] for place in places]))
            for place, detections in zip(places, batch, strict=True):
                found[place] = [d for d in detections if d.score >= self._settings.min_score]
        return found

    def best(
        self,
        frames: Sequence[np.ndarray],
        detections: Sequence[list[Detection]],
        position: tuple[float, float] | None = None,
    ) -> Face:
        """The best frame's face: the one nearest `position` (shares of width and height), else the largest.

        Raises:
            Rejected: no frame has a face, or two are about equally large and no position tells them apart.
        """
        faces = []
        crowded = False
        for number, (picture, found) in enumerate(zip(frames, detections, strict=True)):
            if not found:
                continue
            if position is not None:
                chosen = min(found, key=lambda d: _distance(d, picture, position))
            else:
                chosen = max(found, key=lambda d: d.size)
                others = [d.size for d in found if d is not chosen]
                if others and max(others) >= self._settings.ambiguous_ratio * chosen.size:
                    crowded = True
                    continue
            landmarks = self._landmarks.landmarks(picture, chosen.points)
            faces.append(Face(picture=picture, detection=chosen, landmarks=landmarks, frame=number))
        if not faces:
            raise Rejected(Reason.SEVERAL_FACES if crowded else Reason.NO_FACE)
        return max(faces, key=lambda face: face.quality)

    def embed(self, faces: Sequence[Face]) -> np.ndarray:
        """Embeddings, float32 [faces, dimension]."""
        if not faces:
            return np.zeros((0, self.dimension), np.float32)
        chips = np.stack([dlib_chip(face.picture, face.landmarks) for face in faces])
        with torch.inference_mode():
            return self._encoder.embed(torch.from_numpy(chips).permute(0, 3, 1, 2).float() / 255).numpy()

    def see(self, pictures: Sequence[np.ndarray]) -> list[SeenFace | None]:
        """The largest face of each picture, treated like any photograph, or None where no face is found."""
        faces: list[Face | None] = []
        for picture, found in zip(pictures, self.detect(pictures), strict=True):
            faces.append(self.best([picture], [sorted(found, key=lambda d: -d.size)[:1]]) if found else None)
        embedded = iter(self.embed([face for face in faces if face is not None]))
        return [
            None if face is None else SeenFace(embedding=next(embedded), landmarks=landmarks_in_parts(face))
            for face in faces
        ]


def landmarks_in_parts(face: Face) -> np.ndarray:
    """A face's landmarks, [68, 2], in parts of the picture's width and height from its outer edges."""
    height, width = face.picture.shape[:2]
    return (face.landmarks + 0.5) / (width, height)


def _distance(detection: Detection, picture: np.ndarray, position: tuple[float, float]) -> float:
    left, top, right, bottom = detection.box
    height, width = picture.shape[:2]
    return float(np.hypot((left + right) / 2 - position[0] * width, (top + bottom) / 2 - position[1] * height))


def schema(dimension: int) -> pa.Schema:
    """The columns of a shard of faces."""
    return pa.schema(
        [
            *STATUS_FIELDS,
            pa.field("frame", pa.int32(), metadata={"meaning": "which of the clip's frames was the best"}),
            pa.field("score", pa.float64(), metadata={"meaning": "of the detector"}),
            array_field("box", 4, pa.float32()),
            array_field("landmarks", 2 * LANDMARKS, pa.float32()),
            pa.field("crop", pa.binary(), metadata={"meaning": "JPEG, eyes level and at fixed positions"}),
            array_field("embedding", dimension, pa.float32()),
        ]
    )


def find_faces(clips: Path, output: Path, settings: Faces) -> None:
    """Find the best face of every good clip of the shard; the others become rows with a reason."""
    torch.set_num_threads(1)
    table = read_shard(clips).select(["clip_id", "status", "reason", "detail", "face_x", "face_y", "frames"])
    finder = FaceFinder(settings)
    rows = progress(iter_rows(table), what="faces", unit="clip", total=table.num_rows)
    with ShardWriter(output, schema(finder.dimension)) as writer:
        for group in _grouped(rows, _GROUP):
            for row in _find(group, finder, settings):
                writer.append(row)


def _grouped(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while group := list(islice(rows, size)):
        yield group


def _find(group: Sequence[dict[str, Any]], finder: FaceFinder, settings: Faces) -> Iterator[Mapping[str, Any]]:
    frames = [[decode_image(data) for data in row["frames"] or []] for row in group]
    detections = iter(finder.detect([picture for pictures in frames for picture in pictures]))
    statuses: list[Status] = []
    faces: list[Face] = []
    for row, pictures in zip(group, frames, strict=True):
        found = [next(detections) for _ in pictures]
        if row["status"] != "ok":
            statuses.append(Status(**{name: row[name] for name in ("clip_id", "status", "reason", "detail")}))
            continue
        position = None if row["face_x"] is None else (row["face_x"], row["face_y"])
        try:
            faces.append(finder.best(pictures, found, position))
            statuses.append(Status.ok(row["clip_id"]))
        except Rejected as rejection:
            statuses.append(Status.rejected(row["clip_id"], rejection))
    good = zip(faces, finder.embed(faces), strict=True)
    for status in statuses:
        if status.status != "ok":
            yield vars(status)
            continue
        face, embedding = next(good)
        yield vars(status) | {
            "frame": face.frame,
            "score": face.detection.score,
            "box": np.array(face.detection.box, np.float32),
            "landmarks": face.landmarks.reshape(-1),
            "crop": encode_jpeg(face_crop(face.picture, face.landmarks, settings.crop_size)),
            "embedding": embedding,
        }
