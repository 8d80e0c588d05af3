"""The manifest: one row per clip, the output of every source.

A clip is a segment of a video file, or of a member of a tar archive, in which one known person talks; or a segment
of a recording together with a picture of the person. Labels are optional and used for evaluation only. Origin and
licence go with each clip to the report.
"""

from typing import Any

import pyarrow as pa

from speech2face.data.sources.attributes import ATTRIBUTES, Kind

Row = dict[str, Any]
"""A row of the manifest or a part of one: the columns that have a value."""

LABEL_FIELDS = tuple(
    pa.field(
        attribute.name,
        pa.float64() if attribute.kind is Kind.NUMBER else pa.string(),
        metadata={"unit": attribute.unit} if attribute.unit else None,
    )
    for attribute in ATTRIBUTES
)
LABELS = tuple(field.name for field in LABEL_FIELDS)

RIGHTS_FIELDS = (
    pa.field("origin", pa.string(), metadata={"meaning": "data set that the clip comes from"}),
    pa.field("licence", pa.string(), metadata={"meaning": "under which it may be used"}),
)

ABOUT_FIELDS = (*LABEL_FIELDS, *RIGHTS_FIELDS)
"""Labels and rights, which go with a clip through all phases."""
ABOUT = tuple(field.name for field in ABOUT_FIELDS)

MANIFEST = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False, metadata={"meaning": "of the video, then # and which clip"}),
        pa.field("archive", pa.string(), metadata={"meaning": "tar file that holds the video; null: none"}),
        pa.field("video", pa.string(), nullable=False, metadata={"meaning": "file, or member of the archive"}),
        pa.field("picture", pa.string(), metadata={"meaning": "file with the face, instead of the video's frames"}),
        pa.field("start_s", pa.float64(), nullable=False),
        pa.field("end_s", pa.float64(), metadata={"meaning": "null: to the end of the video"}),
        pa.field("face_x", pa.float64(), metadata={"meaning": "speaker's face, share of the width; null: unknown"}),
        pa.field("face_y", pa.float64(), metadata={"meaning": "speaker's face, share of the height"}),
        pa.field("speaker_id", pa.string(), nullable=False),
        *ABOUT_FIELDS,
        pa.field("reason", pa.string(), metadata={"meaning": "why the source cannot give this clip; null: it can"}),
        pa.field("detail", pa.string(), metadata={"meaning": "what was seen"}),
    ]
)
