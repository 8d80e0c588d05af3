"""The wall of triplets: every clip at its position, all within the page."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from speech2face.evaluation.figures import style, triplet_gallery
from speech2face.evaluation.figures.mosaic import thumbnail
from tests.unit.evaluation.figures.drawing import fits

Make = Callable[..., pd.DataFrame]
SIDE, PITCH = 50, 51


def test_each_column_is_a_clips_three_pictures(make_reconstructions: Make) -> None:
    made = make_reconstructions(14)
    figure = triplet_gallery.draw(made.sample(frac=1, random_state=0), count=250)
    (axes,) = figure.axes
    wall = np.asarray(axes.images[0].get_array())
    # 28 clips: a band of 25 and one of 3.
    assert wall.shape[1] == 25 * PITCH
    band = wall.shape[0] // 2
    for position in (0, 24, 25, 27):
        clip = made.sort_values("clip_id").iloc[position]
        left, top = position % 25 * PITCH, position // 25 * band
        for row, name in enumerate(("original", "f2f", "s2f")):
            shown = wall[top + row * PITCH :, left:][:SIDE, :SIDE]
            np.testing.assert_array_equal(shown, thumbnail(clip[name], SIDE))
    assert (wall[band:, 3 * PITCH :] == 255).all()
    assert "28 of 28 test clips, by name" in [text.get_text() for text in figure.texts]


def test_fewer_clips_are_spread_evenly_over_all(make_reconstructions: Make) -> None:
    made = make_reconstructions(10)
    shown = triplet_gallery.choose(made, 3)
    # The first, the middle and the last of 20 clips: second clips count too.
    assert shown["clip_id"].tolist() == ["t00000_0", "t00005_0", "t00009_1"]
    assert triplet_gallery.choose(made, 250)["clip_id"].tolist() == sorted(made["clip_id"])
    assert shown["speaker_id"].tolist() == ["t00000", "t00005", "t00009"]


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("speakers", [1, 7, 60])
def test_nothing_reaches_over_the_edge(make_reconstructions: Make, speakers: int, labels: bool) -> None:
    figure = triplet_gallery.draw(make_reconstructions(speakers, labels=labels), count=40)
    assert (style.INVENTED in [text.get_text() for text in figure.texts]) is labels
    assert fits(figure)
    assert figure.bbox_inches.width * 25.4 <= style.DOUBLE_MM


def test_a_wall_of_nothing_is_refused(make_reconstructions: Make) -> None:
    with pytest.raises(ValueError, match="no test clip"):
        triplet_gallery.draw(make_reconstructions(1).iloc[:0], count=250)
