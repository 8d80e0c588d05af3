"""Thumbnails keep what they show, and the sheet in the figure's PNG is the one that was pasted."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from speech2face.base.images import encode_png
from speech2face.evaluation.figures import style
from speech2face.evaluation.figures.mosaic import FRAME_DOTS, MM_PER_DOT, Sheet, thumbnail


def test_a_thumbnail_is_the_picture_made_small() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:32, :, 0], picture[32:, :, 2] = 200, 100
    small = thumbnail(encode_png(picture), 16)
    assert small.shape == (16, 16, 3)
    assert small[2, 5].tolist() == [200, 0, 0]
    assert small[13, 5].tolist() == [0, 0, 100]


def test_a_frame_surrounds_its_picture_and_nothing_else() -> None:
    sheet = Sheet(width=30, height=20)
    sheet.paste(np.zeros((6, 6, 3), np.uint8), left=10, top=8, frame=style.GREEN)
    green = np.round(np.array(to_rgb(style.GREEN)) * 255)
    framed = (sheet.dots == green).all(axis=2)
    assert (sheet.dots[8:14, 10:16] == 0).all()
    assert framed[8 - FRAME_DOTS : 14 + FRAME_DOTS, 10 - FRAME_DOTS : 16 + FRAME_DOTS].sum() == framed.sum()
    assert framed.sum() == 12 * 12 - 6 * 6
    assert (sheet.dots == 255).all(axis=2).sum() == 30 * 20 - 12 * 12


@pytest.mark.parametrize(("left", "top", "frame"), [(25, 0, None), (0, 15, None), (-1, 0, None), (2, 4, style.GREEN)])
def test_what_does_not_fit_on_the_sheet_is_refused(left: int, top: int, frame: str | None) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Sheet(width=30, height=20).paste(np.zeros((6, 6, 3), np.uint8), left=left, top=top, frame=frame)


def test_the_page_shows_the_sheet_dot_for_dot(tmp_path) -> None:
    sheet = Sheet(width=40, height=30)
    noise = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    sheet.paste(noise, left=7, top=5)
    with style.look():
        figure = style.new_figure(width_mm=100 * MM_PER_DOT, height_mm=60 * MM_PER_DOT, invented=False)
        sheet.draw(figure, left=31, top=12)
        style.save(figure, tmp_path / "page")
    with Image.open(tmp_path / "page.png") as page:
        dots = np.asarray(page.convert("RGB"))
    assert dots.shape == (60, 100, 3)
    np.testing.assert_array_equal(dots[12 + 5 : 12 + 25, 31 + 7 : 31 + 27], noise)
    assert (dots == 255).all(axis=2).sum() >= 60 * 100 - 400
