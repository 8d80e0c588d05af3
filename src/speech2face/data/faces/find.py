"""The faces phase: from a shard of clips to the best face of each, with crop and embedding."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from speech2face.base.images import decode_image, encode_jpeg
from speech2face.base.progress import progress
from speech2face.base.shards import ShardWriter, array_field, iter_rows, read_shard
from speech2face.base.status import STATUS_FIELDS, Reason, Rejected, Status
from speech2face.config import Clips, Faces
from speech2face.data.clips.worker import Reading
from speech2face.data.faces.alignment import face_crop
from speech2face.data.faces.detection import Detection, FaceDetector
from speech2face.data.faces.encoders import load_face_encoder
from speech2face.data.faces.landmarks import LANDMARKS, LandmarkFinder
from speech2face.data.faces.quality import eye_opening, frontality, mouth_opening, resolution, sharpness
from speech2face.data.faces.stretch import StretchReader

# Clips per batch of embeddings.
_GROUP = 8
_MAX_SIDE = 1280
# The search goes down to this share of the smallest size that counts, because boxes are not exact.
_SLACK = 0.85
# The first search in a clip goes down to this share of a frame's shorter side: faces of people who talk to a camera
# are seldom smaller, and searching small faces takes longest.
_USUAL = 1 / 8
# A position closer than this to the centre of a face, in face sizes, belongs to that face.
_INSIDE = 0.25

Position = tuple[float, float]
"""Position of a face in a frame, as shares of its width and height."""


@dataclass(frozen=True, kw_only=True)
class Face:
    """One face in one frame: the picture, the detection, and the landmarks [68, 2] in pixels."""

    picture: np.ndarray
    detection: Detection
    landmarks: np.ndarray
    frame: int

    @property
    def quality(self) -> float:
        """How well the frame shows the face: frontal, eyes open, mouth closed, large, sharp; higher is better.

        Pose counts most, because a turned face cannot be corrected later. Eyes, size and sharpness only decide between
        similar frames: they saturate, otherwise staring, close-ups and grain would win. A face with half the pixels
        of the crop loses as much as one whose nose is off by a tenth.
        """
        crisp = sharpness(face_crop(self.picture, self.landmarks, 96))
        return (
            frontality(self.landmarks)
            + 0.5 * min(eye_opening(self.landmarks), 0.2) / 0.2
            - 0.5 * mouth_opening(self.landmarks)
            + 0.2 * resolution(self.landmarks)
            + 0.1 * crisp / (crisp + 100)
        )


@dataclass(frozen=True, kw_only=True)
class SeenFace:
    """The face in a picture: its embedding, and its landmarks [68, 2] as shares of the picture's sides."""

    embedding: np.ndarray
    landmarks: np.ndarray


class FaceFinder:
    """Detects, chooses, aligns and embeds faces; the networks are loaded once."""

    def __init__(self, settings: Faces) -> None:
        self._settings = settings
        self._detector = FaceDetector(min_face=settings.min_face_pixels, max_side=_MAX_SIDE)
        self._landmarks = LandmarkFinder()
        self._encoder = load_face_encoder(settings)

    @property
    def dimension(self) -> int:
        """Length of an embedding."""
        return self._encoder.dimension

    def detect(self, frames: Sequence[np.ndarray], position: Position | None = None) -> list[list[Detection]]:
        """The faces of each frame of a clip with a sufficient score that can affect `best`.

        Smaller ones are left out to save time: faces in the frames of a clip are of similar size, so the first frames
        limit the search in the next.
        """
        found = []
        wanted: float | None = None
        for frame in frames:
            if wanted is None:
                wanted = _USUAL * min(frame.shape[:2])
            faces = self._sure(frame, wanted)
            smallest = self._smallest_that_matters(faces, frame, position)
            if smallest < wanted:
                faces = self._sure(frame, _SLACK * smallest)
                smallest = self._smallest_that_matters(faces, frame, position)
            found.append(faces)
            wanted = _SLACK * smallest
        return found

    def _smallest_that_matters(self, faces: Sequence[Detection], frame: np.ndarray, position: Position | None) -> float:
        """The size in pixels of the smallest face that could change the choice; 0: any face could."""
        if position is None:
            return self._settings.ambiguous_ratio * max((face.size for face in faces), default=0.0)
        inside = [face.size for face in faces if _distance(face, frame, position) < _INSIDE * face.size]
        return min(inside, default=0.0)

    def _sure(self, picture: np.ndarray, wanted: float) -> list[Detection]:
        (faces,) = self._detector.detect([picture], wanted=wanted)
        return [face for face in faces if face.score >= self._settings.min_score]

    def best(
        self,
        frames: Sequence[np.ndarray],
        detections: Sequence[Sequence[Detection]],
        positions: Sequence[Position | None] | None = None,
    ) -> Face:
        """The face of the best frame: the face at the given position in each frame, otherwise the largest.

        Args:
            positions: of the wanted face in each frame; frames with None are ignored.

        Raises:
            Rejected: no frame has a face (near its position); or, without positions, a frame has another face of
                about the same size.
        """
        chosen = []
        for number, (picture, found) in enumerate(zip(frames, detections, strict=True)):
            if found:
                wanted = self._largest(found) if positions is None else self._nearest(found, picture, positions[number])
                chosen.append((number, picture, wanted))
        if not chosen:
            raise Rejected(Reason.NO_FACE)
        faces = [
            Face(
                picture=picture,
                detection=face,
                landmarks=self._landmarks.landmarks(picture, face.points),
                frame=number,
            )
            for number, picture, face in chosen
            if face is not None
        ]
        if not faces:
            raise Rejected(Reason.OTHER_FACE)
        return max(faces, key=lambda face: face.quality)

    def _largest(self, found: Sequence[Detection]) -> Detection:
        chosen, *others = sorted(found, key=lambda face: face.size, reverse=True)
        if others and others[0].size >= self._settings.ambiguous_ratio * chosen.size:
            raise Rejected(Reason.SEVERAL_FACES)
        return chosen

    def _nearest(self, found: Sequence[Detection], picture: np.ndarray, position: Position | None) -> Detection | None:
        if position is None:
            return None
        nearest = min(found, key=lambda face: _distance(face, picture, position))
        reach = self._settings.position_reach * nearest.size
        return nearest if _distance(nearest, picture, position) <= reach else None

    def find_talker(self, video: Reading, times: Sequence[float]) -> list[Position | None]:
        """Position of the talking face in a video at times in seconds; None when it is out of view.

        Raises:
            Rejected: no face, or more than one, moves its lips with the sound.
        """
        # Imported here because SciPy's filters take two seconds, and every job that embeds a picture imports this.
        from speech2face.data.faces.talking import find_talker

        talker = find_talker(video, self.detect, self._landmarks, self._settings)
        height, width = decode_image(video.frames[talker.first]).shape[:2]
        return [
            None if position is None else (float(position[0] / width), float(position[1] / height))
            for position in (talker.centre_at(time) for time in times)
        ]

    def embed(self, faces: Sequence[Face]) -> np.ndarray:
        """Embeddings, float32 [faces, dimension]."""
        if not faces:
            return np.zeros((0, self.dimension), np.float32)
        chips = np.stack([self._encoder.cut_picture(face.picture, face.landmarks) for face in faces])
        with torch.inference_mode():
            return self._encoder.embed(torch.from_numpy(chips).permute(0, 3, 1, 2).float() / 255).numpy()

    def see(self, pictures: Sequence[np.ndarray]) -> list[SeenFace | None]:
        """The largest face of each picture, or None if no face is found."""
        faces: list[Face | None] = []
        for picture in pictures:
            (found,) = self.detect([picture])
            faces.append(self.best([picture], [sorted(found, key=lambda d: -d.size)[:1]]) if found else None)
        embedded = iter(self.embed([face for face in faces if face is not None]))
        return [
            None if face is None else SeenFace(embedding=next(embedded), landmarks=landmarks_in_parts(face))
            for face in faces
        ]


def landmarks_in_parts(face: Face) -> np.ndarray:
    """Landmarks [68, 2] as shares of the picture's width and height, from its outer edges."""
    height, width = face.picture.shape[:2]
    return (face.landmarks + 0.5) / (width, height)


def _distance(face: Detection, picture: np.ndarray, position: Position) -> float:
    """Distance from the centre of a face to a position, in pixels."""
    return float(np.linalg.norm(face.centre - np.array(position) * picture.shape[1::-1]))


_Pair = tuple[dict[str, Any], dict[str, Any]]
"""A row of the clips with its row of the manifest."""


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


def find_faces(*, manifest: Path, clips: Path, output: Path, settings: Faces, clips_settings: Clips) -> None:
    """Find the best face of every good clip of the shard; the others become rows with a reason.

    Args:
        manifest: the shard from which the clips were cut, to read those with several faces again.
        clips: shard of the clips phase.
        output: shard of faces to write.
        settings: config section `faces`.
        clips_settings: config section `clips`, with which the clips were read.
    """
    torch.set_num_threads(1)
    table = read_shard(clips).select(["clip_id", "status", "reason", "detail", "face_x", "face_y", "frames", "times"])
    sources = iter_rows(read_shard(manifest))
    finder = FaceFinder(settings)
    rows = progress(iter_rows(table), what="faces", unit="clip", total=table.num_rows)
    with (
        ShardWriter(output, schema(finder.dimension)) as writer,
        StretchReader(clips_settings, settings.talking) as reader,
    ):
        for group in _grouped(zip(rows, sources, strict=True), _GROUP):
            for row in _find(group, finder, reader, settings):
                writer.append(row)


def _grouped(pairs: Iterator[_Pair], size: int) -> Iterator[list[_Pair]]:
    while group := list(islice(pairs, size)):
        yield group


def _find(
    group: Sequence[_Pair], finder: FaceFinder, reader: StretchReader, settings: Faces
) -> Iterator[Mapping[str, Any]]:
    statuses: list[Status] = []
    faces: list[Face] = []
    for row, source in group:
        if row["status"] != "ok":
            statuses.append(Status(**{name: row[name] for name in ("clip_id", "status", "reason", "detail")}))
            continue
        try:
            faces.append(_best(row, source, finder, reader))
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


def _best(row: dict[str, Any], source: dict[str, Any], finder: FaceFinder, reader: StretchReader) -> Face:
    """The face of one clip: at the given position, or the largest, or the talking one if several are large."""
    pictures = [decode_image(data) for data in row["frames"]]
    if row["face_x"] is not None:
        position = (row["face_x"], row["face_y"])
        return finder.best(pictures, finder.detect(pictures, position), [position] * len(pictures))
    found = finder.detect(pictures)
    try:
        return finder.best(pictures, found)
    except Rejected as rejection:
        # A picture beside a recording cannot show who talks.
        if rejection.reason is not Reason.SEVERAL_FACES or source["picture"] is not None:
            raise
    return finder.best(pictures, found, finder.find_talker(reader.read(source), row["times"]))
