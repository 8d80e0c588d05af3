"""Choosing the face of a clip, and the rows that the phase writes."""

import numpy as np
import pyarrow as pa
import pytest

from speech2face.clips.cut import schema as clips_schema
from speech2face.config import Clips, Faces
from speech2face.faces.detection import Detection
from speech2face.faces.find import FaceFinder, find_faces
from speech2face.images import encode_jpeg
from speech2face.shards import read_shard, write_shard
from speech2face.status import Reason, Rejected

SETTINGS = Faces(encoder="dlib", min_face_pixels=40, min_score=0.9, ambiguous_ratio=0.7, crop_size=112)


@pytest.fixture(scope="module")
def finder():
    return FaceFinder(SETTINGS)


def detection(x, size, score=0.99):
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]) * size + [x, 20]
    return Detection(box=(x, 20, x + size, 20 + size), score=score, points=points)


def picture():
    return np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)


def test_the_largest_face_is_taken(finder):
    face = finder.best([picture()], [[detection(10, 40), detection(150, 100)]])
    assert face.detection.box[0] == 150


def test_two_faces_of_one_size_are_ambiguous_unless_the_position_is_known(finder):
    found = [detection(10, 90), detection(150, 100)]
    with pytest.raises(Rejected) as rejected:
        finder.best([picture()], [found])
    assert rejected.value.reason == Reason.SEVERAL_FACES
    assert finder.best([picture()], [found], (0.2, 0.3)).detection.box[0] == 10
    assert finder.best([picture()], [found], (0.7, 0.3)).detection.box[0] == 150


def test_frames_without_a_face_are_passed_over(finder):
    assert finder.best([picture()] * 3, [[], [detection(30, 80)], []]).frame == 1
    with pytest.raises(Rejected) as rejected:
        finder.best([picture()] * 2, [[], []])
    assert rejected.value.reason == Reason.NO_FACE


def test_nothing_is_seen_in_pictures_without_a_face(finder):
    assert finder.see([np.zeros((128, 128, 3), np.uint8)] * 2) == [None, None]


def test_phase_keeps_rejected_rows_and_rejects_pictures_without_a_face(tmp_path):
    clips = Clips(seconds=1.0, min_seconds=0.5, frames=2, max_pixels=10**6)
    grey = encode_jpeg(np.full((128, 128, 3), 128, np.uint8))
    rows = [
        {"clip_id": "a", "status": "rejected", "reason": "no_audio", "detail": "x", "speaker_id": "s"},
        {"clip_id": "b", "status": "ok", "reason": "", "detail": "", "speaker_id": "s", "frames": [grey, grey]},
    ]
    write_shard(tmp_path / "clips.arrow", clips_schema(clips), rows)
    find_faces(tmp_path / "clips.arrow", tmp_path / "faces.arrow", SETTINGS)
    table = read_shard(tmp_path / "faces.arrow")
    assert isinstance(table, pa.Table)
    assert [(r["clip_id"], r["reason"]) for r in table.to_pylist()] == [("a", "no_audio"), ("b", "no_face")]
