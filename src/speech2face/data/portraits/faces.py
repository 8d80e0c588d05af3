"""Faces of single pictures as columns of a shard of portraits."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8

from speech2face.base.images import encode_jpeg
from speech2face.base.status import Rejected, Status
from speech2face.data.faces.alignment import face_crop
from speech2face.data.faces.find import Face, FaceFinder

Picture = UInt8[np.ndarray, "height width 3"]
Columns = dict[str, Any]


def portrait_rows(
    finder: FaceFinder,
    names: Sequence[str],
    pictures: Sequence[Picture | Rejected],
    crop_size: int,
    outline: Callable[[int, Face, Picture], Columns],
) -> Iterator[Columns]:
    """The status columns of each picture and, of those with one face, what a portrait has of it.

    Args:
        names: ids of the portraits.
        pictures: RGB; or why there is none.
        crop_size: side of the crop, pixels.
        outline: the columns `alpha` and `quality`, given the number of the picture, the face, and the crop.
    """
    found: list[Face | Rejected] = []
    for picture in pictures:
        try:
            if isinstance(picture, Rejected):
                raise picture
            found.append(finder.best([picture], finder.detect([picture])))
        except Rejected as rejection:
            found.append(rejection)
    embedded = iter(finder.embed([face for face in found if isinstance(face, Face)]))
    for number, (name, face) in enumerate(zip(names, found, strict=True)):
        if isinstance(face, Rejected):
            yield vars(Status.rejected(name, face))
        else:
            crop = face_crop(face.picture, face.landmarks, crop_size)
            yield vars(Status.ok(name)) | {
                "landmarks": face.landmarks.reshape(-1),
                "crop": encode_jpeg(crop),
                "embedding": next(embedded),
                **outline(number, face, crop),
            }
