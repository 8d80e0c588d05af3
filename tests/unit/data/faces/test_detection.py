import numpy as np
import pytest
import torch
from facenet_pytorch import MTCNN
from facenet_pytorch.models.utils.detect_face import detect_face
from PIL import Image

from speech2face.data.faces.detection import Detection, FaceDetector


def test_the_face_is_found_where_it_is(portrait: np.ndarray, detection: Detection) -> None:
    left, top, right, bottom = detection.box
    assert 130 < left < 190 < 300 < right < 360
    assert 60 < top < 140 < 300 < bottom < 380
    assert detection.score > 0.99
    eye, other_eye, nose, corner, other_corner = detection.points
    assert eye[0] < nose[0] < other_eye[0] and corner[0] < other_corner[0]
    assert max(eye[1], other_eye[1]) < nose[1] < min(corner[1], other_corner[1])
    assert detection.size == pytest.approx(np.sqrt((right - left) * (bottom - top)))


@pytest.fixture(scope="module")
def street(portrait: np.ndarray) -> np.ndarray:
    """A frame of 720 x 1280 pixels with the portrait at six sizes, from 36 to 224 px, on a background with patterns."""
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 16, 3), np.uint8))
    frame = coarse.resize((1280, 720), Image.Resampling.BICUBIC)
    head = Image.fromarray(portrait[60:420, 90:420])
    for number, width in enumerate((66, 90, 130, 180, 260, 400)):
        place = (20 + 430 * (number % 3), 20 + 240 * (number // 3))
        frame.paste(head.resize((width, round(width * 360 / 330)), Image.Resampling.LANCZOS), place)
    return np.asarray(frame)


def test_the_faces_are_those_of_the_reference(street: np.ndarray) -> None:
    """facenet-pytorch's own search, which averages pictures exactly, finds the same ones in the same places."""
    networks = MTCNN()
    with torch.inference_mode():
        boxes, points = detect_face(
            street, 40.0, networks.pnet, networks.rnet, networks.onet, networks.thresholds, networks.factor, "cpu"
        )
    numbers = zip(boxes.astype(float)[0], points.astype(float)[0], strict=True)
    faces = [Detection(box=tuple(box[:4]), score=box[4], points=five) for box, five in numbers]
    reference, found = (
        sorted((face for face in some if face.size > 42), key=lambda face: face.size)
        for some in (faces, FaceDetector(min_face=40.0, max_side=1280).detect([street])[0])
    )
    assert len(found) == len(reference) >= 5
    for ours, theirs in zip(found, reference, strict=True):
        np.testing.assert_allclose(ours.points, theirs.points, atol=0.03 * theirs.size + 0.5)
        np.testing.assert_allclose(ours.box, theirs.box, atol=0.1 * theirs.size)
        assert ours.score == pytest.approx(theirs.score, abs=0.02)


def test_only_smaller_faces_than_wanted_may_be_left_out(street: np.ndarray) -> None:
    detector = FaceDetector(min_face=40.0, max_side=1280)
    everyone = detector.detect([street])[0]
    for wanted in (60.0, 100.0, 150.0, 300.0):
        found = detector.detect([street], wanted=wanted)[0]
        for face in everyone:
            if face.size >= wanted:
                assert min(np.linalg.norm(face.centre - other.centre) for other in found) < 0.1 * face.size
    assert len(found) < len(everyone)


def test_each_face_is_found_once_and_alone_as_in_company(street: np.ndarray, portrait: np.ndarray) -> None:
    detector = FaceDetector(min_face=40.0, max_side=1280)
    together = detector.detect([street, portrait, street])
    assert len(together[0]) >= 5
    for alone, picture in zip(together, (street, portrait, street), strict=True):
        (again,) = detector.detect([picture])
        assert [face.box for face in again] == [face.box for face in alone]
        centres = np.array([face.centre for face in alone])
        apart = np.linalg.norm(centres[:, None] - centres[None], axis=2) + 1e6 * np.eye(len(alone))
        assert np.all(apart > [face.size for face in alone])


def test_a_batch_keeps_its_order_and_empty_pictures(
    portrait: np.ndarray, detector: FaceDetector, detection: Detection
) -> None:
    mirrored = np.ascontiguousarray(portrait[:, ::-1])
    twice = portrait.copy()
    twice[:, 256:] = twice[:, 120:376]
    grey = np.full_like(portrait, 128)
    found = detector.detect(np.stack([grey, portrait, grey, mirrored, twice]))
    assert [len(faces) for faces in found[:4]] == [0, 1, 0, 1]
    np.testing.assert_allclose(found[1][0].box, detection.box, atol=0.5)
    width = portrait.shape[1]
    np.testing.assert_allclose(width - 1 - found[3][0].box[0], detection.box[2], atol=20)
    assert [face.score for face in found[4]] == sorted((face.score for face in found[4]), reverse=True)


def test_the_same_pictures_give_the_same_faces(portrait: np.ndarray, detector: FaceDetector) -> None:
    first, second = (detector.detect(portrait[None])[0][0] for _ in range(2))
    assert (first.box, first.score) == (second.box, second.score)
    np.testing.assert_array_equal(first.points, second.points)


def test_large_pictures_give_boxes_in_their_own_pixels(
    portrait: np.ndarray, detector: FaceDetector, detection: Detection
) -> None:
    large = np.asarray(Image.fromarray(portrait).resize((1536, 1800), Image.Resampling.BICUBIC))
    (face,) = detector.detect(large[None])[0]
    np.testing.assert_allclose(face.box, 3 * np.array(detection.box), atol=45)
    np.testing.assert_allclose(face.points, 3 * detection.points, atol=25)


def test_small_faces_are_left_out(portrait: np.ndarray) -> None:
    # The face is about 200 pixels large, and this detector's networks do see it.
    assert FaceDetector(min_face=300.0, max_side=640).detect(portrait[None]) == [[]]


@pytest.mark.parametrize(
    "shape",
    [(0, 100, 100, 3), (1, 0, 0, 3), (2, 1, 1, 3), (2, 10, 300, 3), (1, 19, 19, 3), (1, 2000, 3, 3), (1, 41, 41, 3)],
)
def test_odd_sizes_have_no_faces(shape: tuple[int, ...], detector: FaceDetector) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert detector.detect(images) == [[] for _ in range(shape[0])]


def test_other_arrays_and_settings_are_refused(portrait: np.ndarray, detector: FaceDetector) -> None:
    for images in (portrait, portrait[None].astype(np.float32), portrait[None, :, :, :2]):
        with pytest.raises(ValueError, match="8-bit RGB"):
            detector.detect(images)
    with pytest.raises(ValueError, match="min_face"):
        FaceDetector(min_face=0.0, max_side=640)
