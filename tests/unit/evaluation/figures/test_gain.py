"""The gain: measures with intervals over it, the chosen one marked, and pictures at each."""

import pandas as pd
import pytest

from speech2face.evaluation.figures import gain
from tests.unit.evaluation.figures.conftest import CHOSEN


def test_both_charts_show_each_gain_and_mark_the_chosen_one(make_reconstructions, face_decoder):
    figure = gain.draw(CHOSEN, make_reconstructions(8), decoder=face_decoder, count=2)
    recall, sharpness = (axes for axes in figure.axes if axes.get_title())
    for axes, values in ((recall, [55, 58.5, 62]), (sharpness, [1, 1.7, 2.4])):
        (bars,) = axes.containers
        assert bars.lines[0].get_xdata().tolist() == [1.0, 1.7, 2.4]
        assert bars.lines[0].get_ydata().tolist() == pytest.approx(values)
        marked = [line for line in axes.lines if line.get_markersize() == 11]
        assert [line.get_xdata()[0] for line in marked] == [1.7]


def test_each_person_is_drawn_as_it_is_at_nought_and_at_each_gain(make_reconstructions, face_decoder):
    figure = gain.draw(CHOSEN, make_reconstructions(8), decoder=face_decoder, count=2)
    heads = [text.get_text() for text in figure.texts]
    assert [head for head in heads if head.startswith("gain")] == ["gain 0", "gain 1", "gain 1.7", "gain 2.4"]
    assert sum(len(axes.images) for axes in figure.axes) == 2 * 5


def test_nobody_to_choose_is_one_sentence(face_decoder):
    with pytest.raises(ValueError, match="No validation speaker"):
        gain.draw({"gain": 1.0, "people": 0, "measured": []}, pd.DataFrame(), decoder=face_decoder, count=2)
