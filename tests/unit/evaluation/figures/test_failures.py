"""Failures: a row a kind with its rate from the summary, and what was true and read under each pair of pictures."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from speech2face.base.images import decode_image
from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import failures, style
from speech2face.evaluation.metrics.failures import KINDS
from tests.unit.evaluation.figures.drawing import fits

Make = Callable[..., pd.DataFrame]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def pictures(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


@pytest.fixture
def rates() -> dict[str, Estimate]:
    return {
        f"{method}.failures.{kind}.rate": Estimate(value=value, low=0.0, high=100.0, n=160)
        for value, method in ((12.3, "s2f"), (7.0, "world.ceiling"), (4.5, "faces"))
        for kind in (*KINDS, "age_over_10_years")
    }


@pytest.fixture
def examples() -> pd.DataFrame:
    rows = [
        {"kind": kind, "clip_id": f"t{number:05d}_1", "read": 61.4 if kind.startswith("age") else read, "margin": 1.0}
        for kind, read in zip(KINDS, ("male", None, None, "caucasian", "asian"), strict=True)
        for number in range(4)
    ]
    return pd.DataFrame(rows)


def test_a_row_tells_what_was_true_and_what_was_read(
    make_reconstructions: Make, examples: pd.DataFrame, rates: dict[str, Estimate]
) -> None:
    made = make_reconstructions(5)
    figure = failures.draw(examples, made, rates)
    shown = pictures(figure)
    assert len(shown) == 5 * 4 * 2
    # Row by row, the true face before the picture; each of the second clip.
    third = made[made["clip_id"] == "t00002_1"].iloc[0]
    np.testing.assert_array_equal(shown[8 + 4], decode_image(third["original"]))
    np.testing.assert_array_equal(shown[8 + 5], decode_image(third["s2f"]))
    texts = words(figure)
    assert texts.count("female, read as male") == 2
    assert texts.count("22 years, read as 61") == 2
    assert "African, read as Caucasian\nspeaks English (Caribbean)" in texts
    assert "African, read as Asian\nspeaks English (Caribbean)" in texts


def test_rates_stand_beside_their_kind(
    make_reconstructions: Make, examples: pd.DataFrame, rates: dict[str, Estimate]
) -> None:
    rates["s2f.failures.language.rate"] = Estimate(value=37.5, low=9.0, high=76.0, n=8)
    texts = words(failures.draw(examples, make_reconstructions(5), rates))
    (language,) = [text for text in texts if "of 8 speakers" in text]
    assert language.startswith("voice (S2F): 37.5 % (9.0–76.0)\ntrue parameters: 7.0 % (0.0–100.0)\ntrue face: 4.5 %")
    others = [text for text in texts if "of 160 speakers" in text]
    assert len(others) == 4
    assert all(text.startswith("voice (S2F): 12.3 % (0.0–100.0)\ntrue parameters: 7.0 %") for text in others)
    assert style.INVENTED in texts


def test_kinds_that_were_not_measured_get_no_row_and_those_that_never_happen_no_picture(
    make_reconstructions: Make, examples: pd.DataFrame, rates: dict[str, Estimate]
) -> None:
    made = make_reconstructions(5)
    measured = {name: m for name, m in rates.items() if ".language." not in name}
    without = failures.draw(examples[examples["kind"] != "language"], made, measured)
    assert len(pictures(without)) == 4 * 4 * 2
    assert "Group of the language" not in words(without)
    never = failures.draw(examples.iloc[:0], made, rates)
    assert not never.axes
    assert words(never).count("none to show") == 5


@pytest.mark.parametrize("speakers", [4, 9])
def test_nothing_reaches_over_the_edge_and_no_text_over_another(
    make_reconstructions: Make, examples: pd.DataFrame, rates: dict[str, Estimate], speakers: int
) -> None:
    figure = failures.draw(examples, make_reconstructions(speakers).assign(language="en-gb-x-gbclan"), rates)
    assert fits(figure)
    assert figure.bbox_inches.width * 25.4 <= style.DOUBLE_MM
    boxes = [text.get_window_extent() for text in figure.texts] + [axes.get_window_extent() for axes in figure.axes]
    overlaps = [(a, b) for n, a in enumerate(boxes) for b in boxes[:n] if a.overlaps(b)]
    assert overlaps == []


def test_people_who_are_not_invented_are_not_shown(
    make_reconstructions: Make, examples: pd.DataFrame, rates: dict[str, Estimate]
) -> None:
    made = make_reconstructions(5)
    with pytest.raises(ValueError, match="no labels"):
        failures.draw(examples, made, {})
    with pytest.raises(ValueError, match="invented talkers only"):
        failures.draw(examples, made.assign(origin=None), rates)
    with pytest.raises(ValueError, match="another run"):
        failures.draw(examples, made.iloc[:2], rates)
