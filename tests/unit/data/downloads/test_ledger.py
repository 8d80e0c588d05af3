"""What is written of each clip, and where."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.base.status import Reason
from speech2face.data.downloads.ledger import Ledger, Outcome

IDS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1, max_size=80)


@given(IDS, IDS)
def test_every_video_has_a_folder_of_its_own(tmp_path_factory, one, other):
    folder = tmp_path_factory.getbasetemp()
    places = [Ledger(folder, video).folder for video in (one, other)]
    assert (places[0] == places[1]) == (one == other)
    assert all(place.parent.parent == folder and place.name not in (".", "..") for place in places)


def test_outcomes_are_kept(tmp_path):
    gone, there = Outcome(reason=Reason.GONE, detail="Removed."), Outcome(begins_s=1.5, megabytes=0.25)
    ledger = Ledger(tmp_path, "abc")
    ledger.record(1.0, 2.0, gone)
    ledger.record(3.0, 4.0, there)
    again = Ledger(tmp_path, "abc")
    assert again.outcome(1.0, 2.0) == gone
    assert again.outcome(3.0, 4.0) is None, "the file is not there"
    again.clip(3.0, 4.0).write_bytes(b"x")
    assert again.outcome(3.0, 4.0) == there
    assert again.outcome(5.0, 6.0) is None


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"a": {"reason": "odd"}})])
def test_a_damaged_record_is_one_clear_sentence(tmp_path, text):
    Ledger(tmp_path, "abc").record(1.0, 2.0, Outcome(reason=Reason.GONE))
    path = next(tmp_path.rglob("outcomes.json"))
    path.write_text(text)
    with pytest.raises(ValueError, match=r"outcomes\.json is not a record .* delete it"):
        Ledger(tmp_path, "abc")
