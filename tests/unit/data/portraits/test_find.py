"""Portraits of real people: those of clips are row for row the faces, damaged pictures are rows with a reason."""

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from speech2face.base.images import encode_jpeg
from speech2face.base.shards import ArrayColumn, read_shard, write_shard
from speech2face.base.status import STATUS_FIELDS, Reason, Rejected, Status
from speech2face.data.faces.find import schema as faces_schema
from speech2face.data.portraits.find import find_portraits
from speech2face.data.portraits.pictures import PICTURES
from speech2face.data.portraits.schema import schema
from speech2face.data.sources.manifest import ABOUT_FIELDS
from tests.unit.data.portraits.conftest import CONFIG

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
    find_portraits(
        pictures=[],
        clips=[folder / "clips.arrow"],
        faces=[folder / "faces.arrow"],
        output=folder / "portraits.arrow",
        settings=CONFIG.faces,
        clips_settings=CONFIG.clips,
    )
    return folder, read_shard(folder / "faces.arrow"), read_shard(folder / "portraits.arrow")


def test_rows_are_those_of_the_faces_with_their_people(portraits):
    _, faces, found = portraits
    for column in ("clip_id", "status", "reason", "detail", "crop", "landmarks", "embedding"):
        assert found[column].to_pylist() == faces[column].to_pylist(), column
    assert found["speaker_id"].to_pylist() == ["person of a", "person of b", "person of c"]
    assert found["licence"].to_pylist() == ["none"] * 3
    assert found.schema.names == schema(128).names


def test_a_face_without_an_outline_is_kept_and_has_no_alpha(portraits):
    _, _, found = portraits
    assert [alpha is None for alpha in found["alpha"].to_pylist()] == [False, True, True]
    first, none, flat = found["quality"].to_pylist()
    assert first > 0.2
    assert none is None
    assert flat == 0.0


def test_pictures_and_clips_are_rows_one_after_the_other_and_damage_is_told(sitter, portraits, tmp_path):
    large = np.asarray(Image.fromarray(sitter.crop).resize((448, 448)))
    (tmp_path / "good.jpg").write_bytes(encode_jpeg(large))
    (tmp_path / "nobody.jpg").write_bytes(encode_jpeg(np.full((300, 300, 3), 90, np.uint8)))
    (tmp_path / "damaged.jpg").write_bytes(encode_jpeg(large)[:2000])
    (tmp_path / "text.jpg").write_bytes(b"not a picture")
    names = ["good", "nobody", "damaged", "text", "missing"]
    listed = [
        {"clip_id": name, "picture": str(tmp_path / f"{name}.jpg"), "speaker_id": name, "licence": "own"}
        for name in names
    ]
    write_shard(tmp_path / "list.arrow", PICTURES, listed)
    folder, faces, _ = portraits
    find_portraits(
        pictures=[tmp_path / "list.arrow"],
        clips=[folder / "clips.arrow"],
        faces=[folder / "faces.arrow"],
        output=tmp_path / "portraits.arrow",
        settings=CONFIG.faces,
        clips_settings=CONFIG.clips,
    )
    table = read_shard(tmp_path / "portraits.arrow")
    assert table["clip_id"].to_pylist() == [*names, *faces["clip_id"].to_pylist()]
    assert table["reason"].to_pylist()[:5] == ["", "no_face", "damaged", "not_media", "missing"]
    assert table["licence"].to_pylist()[:5] == ["own"] * 5
    # As large as the crop that it was made of, or twice, it is the same face.
    assert np.linalg.norm(ArrayColumn(table, "embedding")[0] - sitter.embedding) < 0.3
    assert table["quality"][0].as_py() > 0.2
