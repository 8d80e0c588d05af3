"""The sheet: numbers as bars where they are told, a warning instead where the voice is flagged."""

import numpy as np
import pytest

from speech2face.base.estimates import Interval, PredictionSet
from speech2face.product.inference import sheet
from speech2face.product.inference.answer import Answer, Excerpt, Information, Outside

DARK, PALE, WARNING = sheet._DARK, sheet._PALE, sheet._WARNING
TRAITS = {
    "sex": PredictionSet(values=("female",), coverage=0.9),
    "age": Interval(low=30, high=50, unit="years", coverage=0.9, typical=40),
}
RATIO = Interval(low=0.4, high=0.6, unit="ratio", coverage=0.9, typical=0.5)


@pytest.fixture
def drawn():
    """The sheet of an answer, as an array."""

    def draw(*, flagged=False, traits=True, bits=(2.0, 1.0, 3.0), sentences=("First.", "Second.")):
        said = traits and not flagged
        face = np.full((8, 8, 3), 90, np.uint8)
        value, low, high = bits
        answer = Answer(
            picture=face,
            others=(face,) * 8,
            doubt=np.zeros((8, 8)),
            doubt_coverage=0.9,
            attributes=TRAITS if said else {},
            ratios={"nose_width": RATIO} if said else {},
            prior_intervals={"nose_width": (0.3, 0.7)} if said else {},
            information=None
            if flagged
            else Information(bits=value, low=low, high=high, says_little=False, people=1024),
            outside=Outside(flagged=flagged, p=0.01),
            heard=Excerpt(seconds=6.0, speech_seconds=5.0, start_s=0.0, segments=1),
            embedding=np.zeros(4, np.float32),
            head=None,
            model="made",
            sound="0",
            world="invented talkers",
            sentences=sentences,
        )
        return np.asarray(answer.sheet())

    return draw


def columns(picture, colour, left, width):
    """Where a colour is in a part of the picture, as shares of its width: first and last column."""
    part = (picture[:, left : left + width] == colour).all(axis=2)
    # A letter has less of its colour in a row than a bar.
    rows = part.sum(axis=1)
    found = np.flatnonzero(part[rows.argmax()])
    return found[0] / width, (found[-1] + 1) / width


def test_bits_lie_on_a_scale_that_ends_where_one_face_is_told_apart(drawn):
    low, high = columns(drawn(traits=False, bits=(5.0, 2.5, 7.5)), DARK, sheet._LEFT[0], sheet._BIG)
    assert (low, high) == (pytest.approx(0.25, abs=0.02), pytest.approx(0.75, abs=0.02))


def test_bits_below_nothing_begin_at_nothing(drawn):
    low, high = columns(drawn(traits=False, bits=(1.0, -2.0, 5.0)), DARK, sheet._LEFT[0], sheet._BIG)
    assert (low, high) == (pytest.approx(0, abs=0.02), pytest.approx(0.5, abs=0.02))


def test_an_interval_lies_on_its_scale(drawn):
    width = 2 * (sheet._SMALL + sheet._GAP) - 2 * sheet._GAP
    age = drawn()
    end = sheet._LEFT[1] + width
    rows = (age[:, sheet._LEFT[1] : end] == DARK).all(axis=2).sum(axis=1)
    # The bar of the age is wider than the mark of the sex.
    assert rows.max() == pytest.approx(width * 0.2, abs=8)
    # Half of the bar beside the name of the measure; a mark of 6 pixels lies on it.
    ratio = (age[:, end + 20 :] == DARK).all(axis=2).sum(axis=1).max()
    column = (sheet._WIDTH - sheet._MARGIN - (end + 3 * sheet._GAP) - 2 * sheet._GAP) // 2
    assert ratio == pytest.approx((column - sheet._RATIO_NAME) / 2 - 6, abs=4)


def test_a_flagged_voice_has_a_warning_and_no_numbers(drawn):
    flagged, told = drawn(flagged=True), drawn()
    assert (flagged == WARNING).all(axis=2).sum() > 100
    assert not (flagged == DARK).all(axis=2).any()
    assert not (told == WARNING).all(axis=2).any()
    assert flagged.shape[1] == told.shape[1]


def test_without_traits_there_is_one_bar(drawn):
    picture = drawn(traits=False)
    assert not (picture[:, sheet._LEFT[1] :] == DARK).all(axis=2).any()
    assert (picture == DARK).all(axis=2).any()


def test_the_sheet_is_as_high_as_its_words_need(drawn):
    short, long = drawn(), drawn(sentences=("First.", "word " * 300))
    assert long.shape[0] > short.shape[0] + 100
    # Nothing is drawn below the last line.
    assert (long[-20:] == 255).all()
