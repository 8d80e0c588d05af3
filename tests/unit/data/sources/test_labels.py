"""Labels: every word of the data sets comes to one vocabulary, and a word that nobody knows is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.data.sources.attributes import ATTRIBUTES
from speech2face.data.sources.labels import ETHNICITIES, read_age, read_ethnicity, read_name, read_sex
from speech2face.data.sources.manifest import LABELS

UNKNOWN = ["", " ", "-", "?", "n/a", "NA", "NaN", "None", "null", "Other", "unknown", "Unspecified"]


READERS = {attribute.name: attribute.reader for attribute in ATTRIBUTES}


def test_there_is_a_reader_for_every_label():
    assert set(READERS) == set(LABELS)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("word", UNKNOWN)
def test_words_for_not_known(label, word):
    assert READERS[label](word) is None


@pytest.mark.parametrize(
    ("words", "sex"), [(["f", "F", "Female", " woman "], "female"), (["m", "M ", "Male", "man"], "male")]
)
def test_sexes(words, sex):
    assert {read_sex(word) for word in words} == {sex}


@pytest.mark.parametrize(
    ("word", "ethnicity"),
    [
        ("African American", "african"),
        ("Black", "african"),
        ("east asian", "asian"),
        ("White", "caucasian"),
        ("Latino_Hispanic", "hispanic"),
        ("India", "indian"),
        ("Middle Eastern", "middle_eastern"),
        *((name, name) for name in ETHNICITIES),
    ],
)
def test_ethnicities(word, ethnicity):
    assert read_ethnicity(word) == ethnicity


@given(st.floats(0, 130))
def test_ages(age):
    assert read_age(f" {age!r} ") == age


@given(st.one_of(st.floats(max_value=-0.001), st.floats(min_value=130.001)).map(str).filter(lambda word: word != "nan"))
def test_no_ages(word):
    with pytest.raises(ValueError, match=r"is not an age in years\."):
        read_age(word)


@pytest.mark.parametrize(
    ("read", "word", "message"),
    [
        (read_sex, "x", "'x' is not a sex that is known here; write one of female, male."),
        (read_ethnicity, "Martian", "'Martian' is not a ethnicity that is known here; write one of african, asian,"),
        (read_age, "forties", "'forties' is not an age in years."),
    ],
)
def test_a_word_that_is_not_known_is_named(read, word, message):
    with pytest.raises(ValueError) as caught:
        read(word)
    assert str(caught.value).startswith(message)


def test_names_stay_as_they_are():
    assert read_name(" New Zealand ") == "New Zealand"
