"""Portraits of clips: row for row the shard of faces, with outline and quality of those that have a face."""

import numpy as np
import pyarrow as pa
import pytest

from speech2face.base.images import encode_jpeg
from speech2face.base.shards import read_shard, write_shard
from speech2face.base.status import STATUS_FIELDS, Reason, Rejected, Status
from speech2face.data.faces.find import schema as faces_schema
from speech2face.data.portraits.cut import cut_portraits
from speech2face.data.portraits.schema import schema
from speech2face.data.sources.manifest import ABOUT_FIELDS

CLIPS = pa.schema([*STATUS_FIELDS, pa.field("speaker_id", pa.string()), *ABOUT_FIELDS])


@pytest.fixture(scope="module")
def portraits(sitter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cut")
    face = {
        "landmarks": sitter.landmarks.reshape(-1),
        "crop": encode_jpeg(sitter.crop),
        "embedding": sitter.embedding,
    }
    clips = [vars(Status.ok(name)) | {"speaker_id": f"person of {name}", "licence": "none"} for name in "abc"]
    faces = [
        vars(Status.ok("a")) | face,
        vars(Status.rejected("b", Rejected(Reason.NO_FACE))),
        vars(Status.ok("c")) | face | {"crop": encode_jpeg(np.full_like(sitter.crop, 127))},
    ]
    write_shard(folder / "clips.arrow", CLIPS, clips)
    write_shard(folder / "faces.arrow", faces_schema(len(sitter.embedding)), faces)
    cut_portraits(clips=folder / "clips.arrow", faces=folder / "faces.arrow", output=folder / "portraits.arrow")
    return read_shard(folder / "faces.arrow"), read_shard(folder / "portraits.arrow")


def test_rows_are_those_of_the_faces_with_their_people(portraits):
    faces, found = portraits
    for column in ("clip_id", "status", "reason", "detail", "crop", "landmarks", "embedding"):
        assert found[column].to_pylist() == faces[column].to_pylist(), column
    assert found["speaker_id"].to_pylist() == ["person of a", "person of b", "person of c"]
    assert found["licence"].to_pylist() == ["none"] * 3
    assert found.schema.names == schema(128).names


def test_a_face_without_an_outline_is_kept_and_has_no_alpha(portraits):
    _, found = portraits
    assert [alpha is None for alpha in found["alpha"].to_pylist()] == [False, True, True]
    first, none, flat = found["quality"].to_pylist()
    assert first > 0.2
    assert none is None
    assert flat == 0.0
