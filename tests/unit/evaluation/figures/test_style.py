"""Files of figures: the same bytes on every run, whole, and small."""

import time
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure
from PIL import Image

from speech2face.base.images import encode_png
from speech2face.evaluation.figures import style


def picture(size: int = 64) -> bytes:
    return encode_png(np.random.default_rng(0).integers(0, 255, (size, size, 3), dtype=np.uint8))


@style.look()
def sheet() -> Figure:
    figure = style.new_figure(width_mm=85, height_mm=60, invented=True)
    style.lay_out(figure, top_mm=25)
    figure.subplots().plot([1, 2, 3])
    style.add_picture(figure, picture(), left_mm=2, top_mm=3, side_mm=20, frame=style.GREEN)
    return figure


def files(stem: Path) -> list[bytes]:
    return [Path(f"{stem}.{suffix}").read_bytes() for suffix in ("png", "pdf", "svg")]


def test_the_bytes_depend_neither_on_the_time_nor_on_the_users_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    style.save(sheet(), tmp_path / "one")
    monkeypatch.setitem(matplotlib.rcParams, "font.size", 20)
    monkeypatch.setitem(matplotlib.rcParams, "savefig.bbox", "tight")
    monkeypatch.setitem(matplotlib.rcParams, "pdf.compression", 0)
    time.sleep(1.1)  # dates in PDF files count seconds
    style.save(sheet(), tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert b"Date" not in files(tmp_path / "one")[1]


def test_names_keep_their_points_and_nothing_else_is_left_behind(tmp_path: Path) -> None:
    style.save(sheet(), tmp_path / "figure.v2")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"figure.v2.{kind}" for kind in ("pdf", "png", "svg")]


def test_a_png_has_200_dots_an_inch_and_the_size_in_millimetres(tmp_path: Path) -> None:
    style.save(sheet(), tmp_path / "figure")
    with Image.open(tmp_path / "figure.png") as image:
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)
        assert image.size == pytest.approx((85 / 25.4 * 200, 60 / 25.4 * 200), abs=1)


def test_a_picture_lies_where_it_was_put_and_the_chart_below_it(tmp_path: Path) -> None:
    figure = sheet()
    chart, placed = figure.axes
    left, bottom, width, height = placed.get_position().bounds
    assert (left * 85, (1 - bottom - height) * 60, width * 85) == pytest.approx((2, 3, 20))
    figure.draw_without_rendering()
    box = chart.get_tightbbox().transformed(figure.transFigure.inverted())
    assert box.y1 * 60 <= 60 - 25 + 1e-6
    assert box.y0 * 60 >= style.MARK_MM - 1e-6


@pytest.mark.parametrize("invented", [True, False])
def test_only_figures_of_the_invented_world_say_so(invented: bool) -> None:
    figure = style.new_figure(width_mm=85, height_mm=60, invented=invented)
    assert [text.get_text() for text in figure.texts] == ([style.INVENTED] if invented else [])


def test_letters_are_those_that_come_with_matplotlib() -> None:
    with style.look():
        found = font_manager.findfont(font_manager.FontProperties())
    assert Path(found) == Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
