"""Portraits of synthetic people: one shard of stills, with the masks that the renderer knows."""

from pathlib import Path

import numpy as np
import torch

from speech2face.base.progress import progress
from speech2face.base.shards import ShardWriter
from speech2face.config import Faces, Portraits, Talkers
from speech2face.config.talkers import talker_number
from speech2face.data.faces.alignment import face_crop
from speech2face.data.faces.find import Face, FaceFinder
from speech2face.data.portraits.faces import Columns, Picture, portrait_rows
from speech2face.data.portraits.schema import encode_alpha, schema
from speech2face.data.splits.share import TEST, read_index
from speech2face.data.talkers.head import HeadModel
from speech2face.data.talkers.make import about
from speech2face.data.talkers.population import sample_talker
from speech2face.data.talkers.render import Renderer
from speech2face.data.talkers.stills import draw_still

FIRST = 300_000
"""Number of the first talker who is in portraits alone, above those in videos and in the panel."""
_GROUP = 8


def people_of(index: Path, count: int, shard: int, shards: int) -> list[int]:
    """The numbers of the talkers in a shard: those in portraits alone, and the test talkers of the run's clips."""
    tested = sorted(map(talker_number, read_index(index, TEST)["speaker_id"].unique()))
    return [*range(FIRST, FIRST + count), *tested][shard::shards]


def draw_portraits(
    *,
    index: Path,
    world: Talkers,
    settings: Portraits,
    faces_settings: Faces,
    seed: int,
    shard: int,
    shards: int,
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
        shards: number of shards.
        head_model: the file that all talkers share.
        output: shard of portraits to write.
    """
    torch.set_num_threads(1)
    model, finder = HeadModel.load(head_model.parent), FaceFinder(faces_settings)
    renderer = Renderer(size=settings.size)
    numbers = people_of(index, settings.count, shard, shards)
    groups = [numbers[at : at + _GROUP] for at in range(0, len(numbers), _GROUP)]
    with ShardWriter(output, schema(finder.dimension)) as writer:
        for group in progress(groups, what="portraits", unit="person", total=len(numbers), size=len):
            talkers = [sample_talker(number, seed, world) for number in group]
            stills = [draw_still(renderer, model.head(talker.shape), talker.appearance) for talker in talkers]
            masks = [still.mask for still in stills]

            def outline(number: int, face: Face, crop: Picture, masks: list[np.ndarray] = masks) -> Columns:
                mask = np.repeat(masks[number][..., None], 3, axis=2)
                return {"alpha": encode_alpha(face_crop(mask, face.landmarks, len(crop))[..., 0]), "quality": 1.0}

            names = [f"{talker.talker_id}_still" for talker in talkers]
            rows = portrait_rows(finder, names, [still.picture for still in stills], faces_settings.crop_size, outline)
            for talker, row in zip(talkers, rows, strict=True):
                writer.append(about(talker) | row)
