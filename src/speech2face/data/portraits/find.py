"""Portraits of real people: one shard of pictures, of faces of clips, or of both, with the head cut out of each."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Float

from speech2face.base.images import decode_image
from speech2face.base.progress import progress
from speech2face.base.shards import ShardWriter, iter_rows, read_shard
from speech2face.base.status import Rejected
from speech2face.config import Clips, Faces
from speech2face.data.clips.reader import ClipReader
from speech2face.data.clips.worker import Task
from speech2face.data.faces.alignment import crop_landmarks
from speech2face.data.faces.find import Face, FaceFinder
from speech2face.data.portraits.cutout import cut_out
from speech2face.data.portraits.faces import Columns, Picture, portrait_rows
from speech2face.data.portraits.quality import portrait_quality
from speech2face.data.portraits.schema import encode_alpha, schema
from speech2face.data.sources.manifest import ABOUT

_GROUP = 8
_OF_FACES = ("clip_id", "status", "reason", "detail", "landmarks", "crop", "embedding")


def find_portraits(
    *,
    pictures: Sequence[Path],
    clips: Sequence[Path],
    faces: Sequence[Path],
    output: Path,
    settings: Faces,
    clips_settings: Clips,
) -> None:
    """Cut out the face of every picture and every clip; what has no face, or is damaged, is a row with a reason.

    Without pictures the rows are those of the faces, so that the index of the clips is theirs too.

    Args:
        pictures: list of pictures of the shard; may be left out.
        clips: shard of the clips phase, for speaker, labels and rights; may be left out.
        faces: shard of the faces phase that belongs to it.
        output: shard of portraits to write.
        settings: config section `faces`.
        clips_settings: config section `clips`, for the limits of a picture.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    finder = FaceFinder(settings)
    with ShardWriter(output, schema(finder.dimension)) as writer, ClipReader(clips_settings) as reader:
        of_pictures = (_of_pictures(path, finder, reader, settings.crop_size) for path in pictures)
        of_clips = (_of_clips(*paths) for paths in zip(clips, faces, strict=True))
        for row in chain.from_iterable(chain(of_pictures, of_clips)):
            writer.append(row)


def _of_pictures(path: Path, finder: FaceFinder, reader: ClipReader, crop_size: int) -> Iterator[Columns]:
    listed = read_shard(path)
    rows = progress(iter_rows(listed), what="pictures", unit="picture", total=listed.num_rows)
    while group := list(islice(rows, _GROUP)):
        pictures = [_read(row["picture"], reader) for row in group]
        found = portrait_rows(finder, [row["clip_id"] for row in group], pictures, crop_size, _outline)
        for row, columns in zip(group, found, strict=True):
            yield row | columns


def _read(picture: str, reader: ClipReader) -> Picture | Rejected:
    try:
        return decode_image(reader.read(Task(path="", picture=picture, start_s=0.0, seconds=0.0)).frames[0])
    except Rejected as rejection:
        return rejection


def _outline(number: int, face: Face, crop: Picture) -> Columns:
    return outline_columns(crop, crop_landmarks(face.landmarks))


def _of_clips(clips: Path, faces: Path) -> Iterator[Columns]:
    about, found = read_shard(clips).select(["speaker_id", *ABOUT]), read_shard(faces).select(_OF_FACES)
    rows: Iterator[tuple[dict[str, Any], dict[str, Any]]] = zip(iter_rows(about), iter_rows(found), strict=True)
    for person, face in progress(rows, what="faces", unit="face", total=found.num_rows):
        columns: Columns = {}
        if face["status"] == "ok":
            landmarks = np.array(face["landmarks"], np.float64).reshape(-1, 2)
            columns = outline_columns(decode_image(face["crop"]), crop_landmarks(landmarks))
        yield person | face | columns


def outline_columns(crop: Picture, landmarks: Float[np.ndarray, "68 2"]) -> Columns:
    """The columns `alpha` and `quality` of a photograph.

    Args:
        crop: as `face_crop` cuts it.
        landmarks: x, y as shares of the crop's sides.
    """
    mask = cut_out(crop, landmarks)
    return {
        "alpha": None if mask is None else encode_alpha(mask),
        "quality": portrait_quality(crop, landmarks),
    }
