"""Face pictures as files: formats by name, EXIF, limits, damage."""

import numpy as np
import pytest
from PIL import Image

from speech2face.base.status import Reason, Rejected
from speech2face.data.clips.opening import open_ordinary
from speech2face.data.clips.picture import read_picture

CORNER = np.zeros((40, 60, 3), np.uint8)
CORNER[:20, :20] = 255


def save(path, picture=CORNER, kind="PNG", **options):
    Image.fromarray(picture).save(path, kind, **options)
    return path


def read(path, max_pixels):
    with open_ordinary(path) as file:
        return read_picture(file, max_pixels)


def rejection(path, max_pixels=10**6):
    with pytest.raises(Rejected) as rejected:
        read(path, max_pixels)
    return rejected.value


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
def test_formats_whatever_the_file_is_called(tmp_path, kind):
    picture = read(save(tmp_path / "face.xyz", kind=kind), 10**6)
    assert (picture.shape, picture.dtype) == ((40, 60, 3), np.uint8)
    assert picture[5, 5].min() > 240 > 20 > picture[30, 40].max()


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))])
def test_turned_pictures_are_turned_back(tmp_path, orientation, corner):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = read(save(tmp_path / "a.jpg", kind="JPEG", exif=exif), 10**6)
    assert picture.shape == ((40, 60, 3) if orientation < 5 else (60, 40, 3))
    assert picture[corner].min() > 200


def test_of_an_animation_the_first_frame(tmp_path):
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second])
    assert read(tmp_path / "a.gif", 100)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1"])
def test_any_mode_of_eight_bits_becomes_rgb(tmp_path, mode):
    path = tmp_path / "a"
    Image.fromarray(CORNER).convert(mode).save(path, "JPEG" if mode == "CMYK" else "PNG")
    picture = read(path, 10**6)
    assert picture[5, 5].min() > 240 > 20 > picture[30, 40].max()


def test_deeper_pictures_are_refused_and_not_cut_off(tmp_path):
    deep = save(tmp_path / "a.png", np.full((8, 8), 40000, np.uint16))
    assert rejection(deep).reason == Reason.UNSUPPORTED


def test_other_formats_are_refused(tmp_path):
    for kind in ("TIFF", "PPM", "EPS", "ICO"):
        assert rejection(save(tmp_path / "a.jpg", kind=kind)).reason == Reason.NOT_MEDIA
    (tmp_path / "a.jpg").write_text("no picture")
    assert rejection(tmp_path / "a.jpg").reason == Reason.NOT_MEDIA
    assert rejection(tmp_path / "none.jpg").reason == Reason.MISSING


def test_the_limit_of_pixels_holds_before_they_are_decoded(tmp_path):
    path = save(tmp_path / "a.png")
    assert read(path, 40 * 60).shape == (40, 60, 3)
    rejected = rejection(path, 40 * 60 - 1)
    assert (rejected.reason, rejected.detail) == (
        Reason.TOO_LARGE,
        "The picture is 60 x 40; clips.max_pixels is 2399.",
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
def test_cut_pictures_are_damaged(tmp_path, kind):
    noise = np.random.default_rng(0).integers(0, 255, (60, 50, 3), np.uint8)
    path = save(tmp_path / "a", noise, kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    rejected = rejection(path)
    assert rejected.reason == Reason.DAMAGED
    assert str(tmp_path) not in rejected.detail
