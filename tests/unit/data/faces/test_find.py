"""Choosing the face of a clip, and the rows that the phase writes."""

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from speech2face.base.images import encode_jpeg
from speech2face.base.shards import read_shard, write_shard
from speech2face.base.status import Reason, Rejected
from speech2face.config import load_config
from speech2face.data.clips.cut import schema as clips_schema
from speech2face.data.faces.detection import Detection
from speech2face.data.faces.find import Face, FaceFinder, find_faces
from speech2face.data.sources.manifest import MANIFEST
from tests.conftest import ROOT
from tests.unit.data.clips.made_media import SETTINGS as CLIPS

SETTINGS = load_config([ROOT / "config" / "config.yaml"]).faces.model_copy(update={"crop_size": 112})


@pytest.fixture(scope="module")
def chooser():
    return FaceFinder(SETTINGS)


def detection(x, size, score=0.99):
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]) * size + [x, 20]
    return Detection(box=(x, 20, x + size, 20 + size), score=score, points=points)


def picture():
    return np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)


def test_the_largest_face_is_taken(chooser):
    face = chooser.best([picture()], [[detection(10, 40), detection(150, 100)]])
    assert face.detection.box[0] == 150


def test_two_faces_of_one_size_are_ambiguous_unless_the_position_is_known(chooser):
    found = [detection(10, 90), detection(150, 100)]
    with pytest.raises(Rejected) as rejected:
        chooser.best([picture()], [found])
    assert rejected.value.reason == Reason.SEVERAL_FACES
    assert chooser.best([picture()], [found], [(0.2, 0.3)]).detection.box[0] == 10
    assert chooser.best([picture()], [found], [(0.7, 0.3)]).detection.box[0] == 150


def test_one_frame_with_two_faces_makes_the_clip_ambiguous(chooser):
    """The other frame may show either of them."""
    with pytest.raises(Rejected) as rejected:
        chooser.best([picture()] * 2, [[detection(10, 90)], [detection(10, 90), detection(150, 100)]])
    assert rejected.value.reason == Reason.SEVERAL_FACES


def test_the_face_nearest_to_the_position_is_taken_if_it_is_within_reach(chooser):
    found = [detection(10, 90), detection(150, 100)]
    reach = SETTINGS.position_reach * 90 / 300
    centre = (10 + 45) / 300
    assert chooser.best([picture()], [found[:1]], [(centre + 0.99 * reach, 65 / 200)]).detection.box[0] == 10
    with pytest.raises(Rejected) as rejected:
        chooser.best([picture()], [found[:1]], [(centre + 1.01 * reach, 65 / 200)])
    assert rejected.value.reason == Reason.OTHER_FACE
    faces = chooser.best([picture()] * 3, [found, found, found[:1]], [None, (0.7, 0.3), (0.7, 0.3)])
    assert (faces.frame, faces.detection.box[0]) == (1, 150)


def test_a_larger_face_wins_among_like_frames_until_it_fills_the_crop(portrait, landmarks):
    def quality(side):
        size = (round(512 * side), round(600 * side))
        shown = np.asarray(Image.fromarray(portrait).resize(size, Image.Resampling.LANCZOS))
        places = (landmarks + 0.5) * np.array(size) / (512, 600) - 0.5
        return Face(picture=shown, detection=detection(0, 10), landmarks=places, frame=0).quality

    small, middle, large, larger = (quality(side) for side in (0.35, 0.6, 1.0, 1.6))
    assert small < middle < large
    assert larger == pytest.approx(large, abs=0.01)
    # Half the size weighs less than a head that is turned, or shut eyes.
    assert quality(1.0) - quality(0.5) < 0.2


def test_what_one_frame_shows_hides_nothing_in_the_next(chooser, portrait):
    """Frames are searched only for faces that matter, by the size of those in the frame before."""

    def frame(*faces):
        shown = Image.new("RGB", (1280, 960), (120, 130, 140))
        for width, left in faces:
            shown.paste(Image.fromarray(portrait).resize((width, round(width * 600 / 512))), (left, 0))
        return np.asarray(shown)

    def sizes(found):
        return [[10 * round(face.size / 10) for face in faces] for faces in found]

    large, small, both = frame((1100, 0)), frame((130, 1110)), frame((1100, 0), (130, 1110))
    (one,), (other,) = (sizes(chooser.detect([picture]))[0] for picture in (large, small))
    assert one > 8 * other
    assert sizes(chooser.detect([large, small, large])) == [[one], [other], [one]]
    # Beside the large face the small one does not matter, unless it is at the position.
    assert [max(faces) for faces in sizes(chooser.detect([large, both]))] == [one, one]
    (face,) = chooser.detect([small])[0]
    place = tuple(face.centre / (1280, 960))
    assert sorted(sizes(chooser.detect([both, both], place))[1]) == [other, one]
    assert sorted(sizes(chooser.detect([large, both], place))[1]) == [other, one]
    assert round(chooser.best([both], chooser.detect([both], place), [place]).detection.size, -1) == other


def test_frames_without_a_face_are_passed_over(chooser):
    assert chooser.best([picture()] * 3, [[], [detection(30, 80)], []]).frame == 1
    with pytest.raises(Rejected) as rejected:
        chooser.best([picture()] * 2, [[], []])
    assert rejected.value.reason == Reason.NO_FACE


def test_nothing_is_seen_in_pictures_without_a_face(chooser):
    assert chooser.see([np.zeros((128, 128, 3), np.uint8)] * 2) == [None, None]


def test_phase_keeps_rejected_rows_and_rejects_pictures_without_a_face(tmp_path):
    clips = CLIPS.model_copy(update={"seconds": 1.0})
    grey = encode_jpeg(np.full((128, 128, 3), 128, np.uint8))
    rows = [
        {"clip_id": "a", "status": "rejected", "reason": "no_audio", "detail": "x", "speaker_id": "s"},
        {"clip_id": "b", "status": "ok", "reason": "", "detail": "", "speaker_id": "s", "frames": [grey, grey]},
    ]
    write_shard(tmp_path / "clips.arrow", clips_schema(clips), rows)
    sources = [{"clip_id": name, "video": "", "start_s": 0.0, "speaker_id": "s", "origin": ""} for name in "ab"]
    write_shard(tmp_path / "manifest.arrow", MANIFEST, sources)
    find_faces(
        manifest=tmp_path / "manifest.arrow",
        clips=tmp_path / "clips.arrow",
        output=tmp_path / "faces.arrow",
        settings=SETTINGS,
        clips_settings=clips,
    )
    table = read_shard(tmp_path / "faces.arrow")
    assert isinstance(table, pa.Table)
    assert [(r["clip_id"], r["reason"]) for r in table.to_pylist()] == [("a", "no_audio"), ("b", "no_face")]
