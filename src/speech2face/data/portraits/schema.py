"""The columns of a shard of portraits."""

import numpy as np
import pyarrow as pa
from jaxtyping import UInt8

from speech2face.base.images import encode_png
from speech2face.base.shards import array_field
from speech2face.base.status import STATUS_FIELDS
from speech2face.data.faces.landmarks import LANDMARKS
from speech2face.data.sources.manifest import ABOUT_FIELDS

# Where the neck begins to fade, as a share of the crop's side from the top: below any chin.
_FADE = 0.86


def schema(dimension: int) -> pa.Schema:
    """The columns of a shard of portraits; those of a face are as in a shard of faces.

    Args:
        dimension: of an embedding.
    """
    return pa.schema(
        [
            *STATUS_FIELDS,
            pa.field("speaker_id", pa.string(), nullable=False),
            *ABOUT_FIELDS,
            array_field("landmarks", 2 * LANDMARKS, pa.float32()),
            pa.field("crop", pa.binary(), metadata={"meaning": "JPEG, eyes level and at fixed positions"}),
            array_field("embedding", dimension, pa.float32()),
            pa.field("alpha", pa.binary(), metadata={"meaning": "PNG of the crop's size, grey: 255 is head or hair"}),
            pa.field("quality", pa.float32(), metadata={"meaning": "weight of the portrait, 0 to 1"}),
        ]
    )


def encode_alpha(mask: UInt8[np.ndarray, "size size"]) -> bytes:
    """PNG bytes of a crop's mask. The neck fades out towards the lower edge, where the crop would cut it off."""
    down = (np.arange(len(mask)) + 0.5) / len(mask)
    share = ((1 - down) / (1 - _FADE)).clip(0, 1)
    smooth = share * share * (3 - 2 * share)
    return encode_png((mask * smooth[:, None] + 0.5).astype(np.uint8))
