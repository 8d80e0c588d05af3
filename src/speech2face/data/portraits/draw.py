"""Portraits of synthetic people: one shard of stills, with the masks that the renderer knows."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from speech2face.base.images import encode_jpeg
from speech2face.base.progress import progress
from speech2face.base.shards import ShardWriter
from speech2face.base.status import Rejected, Status
from speech2face.config import Faces, Portraits, Talkers
from speech2face.config.talkers import talker_number
from speech2face.data.faces.alignment import face_crop
from speech2face.data.faces.find import Face, FaceFinder
from speech2face.data.portraits.schema import encode_alpha, schema
from speech2face.data.splits.share import TEST, read_index
from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.make import about
from speech2face.data.talkers.population import sample_talker
from speech2face.data.talkers.render import Renderer
from speech2face.data.talkers.stills import Still, draw_still

FIRST = 300_000
"""Number of the first talker who is in portraits alone, above those in videos and in the panel."""
_GROUP = 8


def people_of(index: Path, settings: Portraits, shard: int) -> list[int]:
    """The numbers of the talkers in a shard: those in portraits alone, and the test talkers of the run's clips."""
    tested = sorted(map(talker_number, read_index(index, TEST)["speaker_id"].unique()))
    return [*range(FIRST, FIRST + settings.count), *tested][shard :: settings.shards]


def draw_portraits(
    *,
    index: Path,
    world: Talkers,
    settings: Portraits,
    faces_settings: Faces,
    seed: int,
    shard: int,
    head_model: Path,
    output: Path,
) -> None:
    """Draw and embed the people of one shard; a person whose face is not found is a row with a reason.

    Args:
        index: of the run's clips; its test talkers are drawn too, as the reference of pictures made for them.
        world: config section `talkers`.
        settings: config section `portraits`.
        faces_settings: config section `faces`.
        seed: of the world.
        shard: number of the shard, from 0.
        head_model: the file that all talkers share.
        output: shard of portraits to write.
    """
    torch.set_num_threads(1)
    model, finder = HeadModel.load(head_model.parent), FaceFinder(faces_settings)
    renderer = Renderer(size=settings.size)
    numbers = people_of(index, settings, shard)
    groups = [numbers[at : at + _GROUP] for at in range(0, len(numbers), _GROUP)]
    with ShardWriter(output, schema(finder.dimension)) as writer:
        for group in progress(groups, what="portraits", unit="person", total=len(numbers), size=len):
            talkers = [sample_talker(number, seed, world) for number in group]
            stills = [draw_still(renderer, model.head(talker.shape), talker.appearance) for talker in talkers]
            faces = _faces(finder, stills, faces_settings.crop_size)
            for talker, face in zip(talkers, faces, strict=True):
                name = f"{talker.talker_id}_still"
                status = Status.rejected(name, face) if isinstance(face, Rejected) else Status.ok(name)
                columns = {} if isinstance(face, Rejected) else face
                writer.append(vars(status) | about(talker) | columns)


def _faces(finder: FaceFinder, stills: Sequence[Still], crop_size: int) -> Iterator[dict[str, Any] | Rejected]:
    found: list[Face | Rejected] = []
    for still in stills:
        try:
            found.append(finder.best([still.picture], finder.detect([still.picture])))
        except Rejected as rejection:
            found.append(rejection)
    embedded = iter(finder.embed([face for face in found if isinstance(face, Face)]))
    for still, face in zip(stills, found, strict=True):
        if isinstance(face, Rejected):
            yield face
        else:
            mask = np.repeat(still.mask[..., None], 3, axis=2)
            yield {
                "landmarks": face.landmarks.reshape(-1),
                "crop": encode_jpeg(face_crop(face.picture, face.landmarks, crop_size)),
                "embedding": next(embedded),
                "alpha": encode_alpha(face_crop(mask, face.landmarks, crop_size)[..., 0]),
                "quality": 1.0,
            }
