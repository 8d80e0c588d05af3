"""Attributes are put into bands as they say, and ethnicity is never calibrated."""

import numpy as np
import pytest

from speech2face.data.sources.attributes import AGE, ATTRIBUTES, ETHNICITY, Attribute, Kind, calibrated


def test_ethnicity_is_never_calibrated():
    assert ETHNICITY in ATTRIBUTES
    assert ETHNICITY not in calibrated()
    with pytest.raises(ValueError, match="ethnicity must not be calibrated"):
        Attribute(name="ethnicity", kind=Kind.CLASS, reader=str)


@pytest.mark.parametrize(
    ("number", "band", "words"),
    [
        (9.9, "<10", "age: <10"),
        (10.0, "10", "age: 10 to 19"),
        (29.9, "20", "age: 20 to 29"),
        (99.0, "80", "age: 80 or more"),
    ],
)
def test_bands_and_their_names(number, band, words):
    assert AGE.band(number) == band
    assert AGE.group_name(band) == words


def test_what_is_not_known_is_in_no_band():
    assert AGE.band(None) is None
    assert AGE.band(np.nan) is None
