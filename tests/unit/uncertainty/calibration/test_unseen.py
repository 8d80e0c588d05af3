"""A shift is a risk that answers name if it breaks promises beyond chance and hardly any voice is flagged."""

import pytest

from speech2face.uncertainty.calibration.collect import OTHER_RECORDINGS
from speech2face.uncertainty.calibration.conformal import wilson
from speech2face.uncertainty.calibration.shifts import GRADED
from speech2face.uncertainty.calibration.unseen import WORDS, unseen_shifts


def coverage(covered, flagged, people=100, name="language"):
    low, high = wilson(round(covered * people), people)
    row = {"value": covered, "low": low, "high": high, "n": people, "width": 1.0}
    unknown = {"value": None, "low": 0.0, "high": 1.0, "n": 0, "width": 1.0}
    outside = {"value": flagged, "n": people}
    information = {"expected": 1.0, "told": 0.1, "n": people}
    table = {
        "sex": row | {"value": 0.95},
        "age": row,
        "height": unknown,
        "outside": outside,
        "information": information,
    }
    return {"nominal": 0.9, "shifts": {name: table}}


@pytest.mark.parametrize(
    ("covered", "flagged", "people", "unseen"),
    [
        (0.7, 0.03, 100, {"another language": 0.7}),
        (0.7, 0.95, 100, {}),
        (0.85, 0.03, 100, {}),
        # Three of four may be chance.
        (0.75, 0.03, 4, {}),
    ],
)
def test_what_is_broken_and_not_seen_is_named(covered, flagged, people, unseen):
    assert unseen_shifts(coverage(covered, flagged, people)) == unseen


def test_shifts_are_named_in_words():
    assert list(unseen_shifts(coverage(0.5, 0.0, name="reverberation_0.8_s"))) == ["reverberation of 0.8 s"]


def test_every_shift_has_words():
    assert WORDS.keys() == {*OTHER_RECORDINGS, "noise", "telephone", *GRADED}
