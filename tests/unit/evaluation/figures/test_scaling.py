"""The figure of recall by the number of training pairs."""

import json

import pytest
from PIL import Image

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import scaling
from tests.unit.evaluation.figures.drawing import execute

VALUES = {"50": 30.0, "100": 37.0, "262": 48.0, "guess.1300": 67.0, "guess.10000": 84.0}
SUMMARY = {
    f"s2f.scaling.{pairs}.recall_at_10_percent": Estimate(value=value, low=value - 6, high=value + 6, n=130)
    for pairs, value in VALUES.items()
} | {"chance.scaling.recall_at_10_percent": Estimate.exact(10.0, 130)}


def test_measured_points_and_guesses_are_apart():
    (axes,) = scaling.draw(SUMMARY, invented=False).axes
    points = {bar.get_label(): bar.lines[0].get_xydata().tolist() for bar in axes.containers}
    assert points["measured"] == [[50, 30], [100, 37], [262, 48]]
    (guess,) = (values for label, values in points.items() if label.startswith("guess"))
    assert guess == [[1300, 67], [10000, 84]]
    assert "130 people" in axes.get_title()


def test_a_run_too_small_for_a_guess_shows_what_was_measured():
    (axes,) = scaling.draw({n: m for n, m in SUMMARY.items() if "guess" not in n}, invented=True).axes
    assert [bar.get_label() for bar in axes.containers] == ["measured"]


def test_nothing_measured_is_one_clear_error():
    with pytest.raises(ValueError, match="too few people"):
        scaling.draw({}, invented=False)


def test_the_notebook_draws_it(tmp_path):
    path = tmp_path / "scaling.json"
    path.write_text(json.dumps({name: measure.as_dict() for name, measure in SUMMARY.items()}))
    stem = execute("scaling", {"measures": str(path)}, tmp_path, invented=False)
    with Image.open(f"{stem}.png") as picture:
        assert picture.width > 400
