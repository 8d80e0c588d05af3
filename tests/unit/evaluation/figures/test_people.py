"""Who is shown and how people are described."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from speech2face.data.sources.attributes import INVENTED
from speech2face.data.talkers import text
from speech2face.evaluation.figures.people import (
    LANGUAGES,
    describe,
    is_invented,
    language_name,
    shorten,
    spread_evenly,
)

NOBODY = {"sex": None, "age": float("nan"), "ethnicity": None, "language": None}


def clips(speakers: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"speaker_id": speakers, "clip_id": [f"{s}_{n}" for n, s in enumerate(speakers)]})


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=30), st.integers(1, 40))
def test_the_shown_speakers_differ_are_sorted_and_reach_from_end_to_end(speakers: list[str], count: int) -> None:
    shown = spread_evenly(clips(speakers), count)["speaker_id"].tolist()
    everyone = sorted(set(speakers))
    assert shown == sorted(set(shown))
    assert len(shown) == min(count, len(everyone))
    assert shown[0] == everyone[0]
    if count > 1:
        assert shown[-1] == everyone[-1]


def test_each_speaker_is_shown_with_the_first_clip_whatever_the_order_of_rows() -> None:
    table = clips(["b", "a", "b", "a", "c"])
    first = spread_evenly(table, 3)
    assert first["clip_id"].tolist() == ["a_1", "b_0", "c_4"]
    assert spread_evenly(table[::-1], 3).equals(first)


def test_every_language_of_the_talkers_has_a_plain_name() -> None:
    assert set(text.LANGUAGES) <= set(LANGUAGES)
    assert language_name("xx-new") == "xx-new"


def test_only_what_is_known_is_written() -> None:
    assert describe({"sex": "female", "age": 33.6, "language": "sw"}) == ["female, 34", "Swahili"]
    assert describe({"sex": None, "age": float("nan"), "language": "sw"}) == ["Swahili"]
    assert describe({"sex": "male", "age": None, "language": None}) == ["male"]
    assert describe(NOBODY) == []


def test_the_origin_tells_the_invented_world_from_people() -> None:
    labelled = NOBODY | {"sex": "male", "origin": "CREMA-D"}
    assert not is_invented(pd.DataFrame([NOBODY | {"origin": None}, labelled]))
    assert is_invented(pd.DataFrame([labelled, NOBODY | {"origin": INVENTED}]))


@given(st.text(max_size=40), st.integers(3, 30))
def test_a_shortened_name_fits_and_keeps_both_ends(name: str, letters: int) -> None:
    short = shorten(name, letters)
    assert len(short) == min(len(name), letters)
    if len(name) > letters:
        assert short[0] == name[0]
        assert short[-1] == name[-1]
