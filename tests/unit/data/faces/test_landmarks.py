import dlib
import numpy as np
import pytest
from PIL import Image

from speech2face.data.faces import landmarks as module
from speech2face.data.faces.detection import Detection
from speech2face.data.faces.landmarks import LandmarkFinder, eyes


def test_landmarks_are_those_of_dlibs_own_detector(
    portrait: np.ndarray, landmarks: np.ndarray, finder: LandmarkFinder
) -> None:
    (square,) = dlib.get_frontal_face_detector()(portrait, 0)
    predictor = dlib.shape_predictor(str(module.package_model(module.PREDICTOR_FILE)))
    expected = np.array([(part.x, part.y) for part in predictor(portrait, square).parts()])
    assert np.linalg.norm(landmarks - expected, axis=1).mean() < 0.07 * eyes(landmarks).distance


def test_groups_lie_where_their_names_say(landmarks: np.ndarray, detection: Detection) -> None:
    groups = [module.JAW, module.RIGHT_BROW, module.LEFT_BROW, module.NOSE]
    groups += [module.RIGHT_EYE, module.LEFT_EYE, module.MOUTH]
    assert [i for group in groups for i in range(68)[group]] == list(range(68))
    found = eyes(landmarks)
    np.testing.assert_allclose(found.on_left, detection.points[0], atol=6)
    np.testing.assert_allclose(found.on_right, detection.points[1], atol=6)
    height = {name: landmarks[getattr(module, name)][:, 1].mean() for name in ("RIGHT_BROW", "NOSE", "MOUTH")}
    assert height["RIGHT_BROW"] < found.on_left[1] < height["NOSE"] < height["MOUTH"]
    inner, mouth = landmarks[module.INNER_LIPS], landmarks[module.MOUTH]
    assert (inner.min(axis=0) >= mouth.min(axis=0)).all() and (inner.max(axis=0) <= mouth.max(axis=0)).all()


def test_a_mirrored_picture_has_mirrored_landmarks(
    portrait: np.ndarray, landmarks: np.ndarray, detection: Detection, finder: LandmarkFinder
) -> None:
    last = portrait.shape[1] - 1
    points = detection.points[[1, 0, 2, 4, 3]] * [-1, 1] + [last, 0]
    mirrored = finder.landmarks(np.ascontiguousarray(portrait[:, ::-1]), points)
    back = mirrored[module.MIRRORED] * [-1, 1] + [last, 0]
    assert np.linalg.norm(back - landmarks, axis=1).mean() < 0.05 * eyes(landmarks).distance
    np.testing.assert_array_equal(module.MIRRORED[module.MIRRORED], np.arange(68))


def test_pictures_that_are_views_are_taken(
    portrait: np.ndarray, landmarks: np.ndarray, detection: Detection, finder: LandmarkFinder
) -> None:
    view = np.pad(portrait, ((0, 0), (0, 7), (0, 0)))[:, :-7]
    view.flags.writeable = False
    np.testing.assert_array_equal(finder.landmarks(view, detection.points), landmarks)


def test_unusable_input_is_refused(portrait: np.ndarray, detection: Detection, finder: LandmarkFinder) -> None:
    with pytest.raises(ValueError, match="five points"):
        finder.landmarks(portrait, np.zeros((5, 2)))
    with pytest.raises(ValueError, match="five points"):
        finder.landmarks(portrait, np.full((5, 2), np.nan))
    with pytest.raises(ValueError, match="8-bit RGB"):
        finder.landmarks(portrait[:, :, 0], detection.points)


def test_fine_landmarks_are_found_to_a_part_of_a_pixel(
    portrait: np.ndarray, landmarks: np.ndarray, detection: Detection, finder: LandmarkFinder
) -> None:
    fine = finder.fine_landmarks(portrait, detection.points)
    assert np.linalg.norm(fine - landmarks, axis=1).mean() < 0.03 * eyes(landmarks).distance
    # As if the face were eight times as large.
    small = Image.fromarray(portrait).resize((128, 150), Image.Resampling.LANCZOS)
    large = np.asarray(small.resize((1024, 1200), Image.Resampling.BILINEAR))
    errors = np.zeros(2)
    # Of one position alone the errors depend on the last digits of the detection, and so on the processor.
    for shift in (-0.5, 0.0, 0.5):
        points = (detection.points + 0.5) / 4 - 0.5 + shift
        expected = (finder.landmarks(large, 8 * (points + 0.5) - 0.5) + 0.5) / 8 - 0.5
        fine, plain = finder.fine_landmarks(np.asarray(small), points), finder.landmarks(np.asarray(small), points)
        errors += [np.linalg.norm(found - expected, axis=1).mean() for found in (fine, plain)]
    assert errors[0] < 0.5 * errors[1]


def test_fine_landmarks_reach_over_the_border(
    portrait: np.ndarray, detection: Detection, finder: LandmarkFinder
) -> None:
    cut = portrait[100:, 180:]
    fine = finder.fine_landmarks(cut, detection.points - [180, 100])
    whole = finder.fine_landmarks(portrait, detection.points)
    assert np.linalg.norm(fine - (whole - [180, 100]), axis=1)[36:].mean() < 0.06 * eyes(whole).distance
    with pytest.raises(ValueError, match="five points"):
        finder.fine_landmarks(portrait, np.zeros((5, 2)))


def test_other_landmarks_than_the_published_ones_are_not_loaded(tmp_path, monkeypatch):
    changed = bytearray(module.package_model(module.PREDICTOR_FILE).read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "landmarks.dat").write_bytes(changed)
    monkeypatch.setattr(module, "package_model", lambda relative: tmp_path / "landmarks.dat")
    with pytest.raises(ValueError, match=r"^landmarks\.dat has SHA-256 .*: reinstall face-recog"):
        LandmarkFinder()
