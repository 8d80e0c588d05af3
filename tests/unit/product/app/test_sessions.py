"""Whose recording is whose, and how long it is kept."""

from pathlib import Path

import pytest

from speech2face.product.app.limits import BROWSERS, CLOSED_SECONDS, KEPT_SECONDS, RECORDINGS
from speech2face.product.app.sessions import Crowded, Session, Sessions


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sessions(tmp_path, clock):
    return Sessions(tmp_path, clock)


def begin(sessions: Sessions) -> tuple[str, Session]:
    cookie = sessions.begin()
    session = sessions.find(cookie)
    assert session is not None
    return cookie, session


def keep(session: Session) -> Path:
    path = session.room(".wav")
    path.write_bytes(b"sound")
    return path


def test_recording_is_its_browsers_alone(sessions):
    (_, one), (_, other) = begin(sessions), begin(sessions)
    path = keep(one)
    assert one.owns(str(path)) and not other.owns(str(path))
    assert not one.owns(f"{path}/../voice.wav") and not one.owns(str(path.parent))
    assert sessions.find("made up") is None and sessions.find(None) is None


def test_only_the_newest_recordings_are_kept(sessions):
    _, session = begin(sessions)
    paths = [keep(session) for _ in range(RECORDINGS + 2)]
    assert [path.exists() for path in paths] == [False] * 2 + [True] * RECORDINGS
    assert not session.owns(str(paths[0]))


def test_recordings_go_with_the_last_tab(sessions):
    cookie, session = begin(sessions)
    for tab in ("one", "two"):
        sessions.claim(session, tab)
        session.tabs.add(tab)
    path = keep(session)
    sessions.leave(cookie, "one")
    assert path.exists()
    sessions.leave(cookie, "two")
    assert not path.exists() and not session.folder.exists()


def test_what_closed_tabs_were_shown_is_forgotten(sessions, clock):
    cookie, session = begin(sessions)
    _, other = begin(sessions)
    for owner, tab in ((session, "closed"), (session, "open"), (other, "idle")):
        sessions.claim(owner, tab)
    session.tabs.add("open")
    shown = {"closed", "open", "idle", "listening", "nobody's"}
    sessions.claim(other, "listening")
    sessions.leave(cookie, "closed")
    assert sessions.closed(shown) == {"closed", "nobody's"}
    with sessions.connection(other, "listening"):
        clock.now += CLOSED_SECONDS + 1
        sessions.sweep()
        assert sessions.closed(shown) == {"closed", "nobody's", "idle"}
    sessions.sweep()
    assert "listening" not in sessions.closed(shown)
    clock.now += CLOSED_SECONDS + 1
    sessions.sweep()
    assert shown - sessions.closed(shown) == {"open"}


def test_a_browser_whose_tabs_are_all_gone_leaves_no_recording(sessions, clock):
    _, session = begin(sessions)
    sessions.claim(session, "never heard of again")
    path = keep(session)
    clock.now += CLOSED_SECONDS + 1
    sessions.sweep()
    assert not path.exists()


def test_room_for_all_recordings_together_is_limited(sessions, monkeypatch):
    monkeypatch.setattr("speech2face.product.app.sessions.ALL_MB", 1)
    (_, one), (_, other) = begin(sessions), begin(sessions)
    assert sessions.reserve(one, 600_000)
    assert not sessions.reserve(one, 1), "one upload at a time"
    assert not sessions.reserve(other, 600_000)
    one.uploads = 0
    keep(one).write_bytes(bytes(600_000))
    assert not sessions.reserve(other, 600_000)
    assert sessions.reserve(other, 400_000)


def test_recordings_go_after_a_while_although_the_tab_is_open(sessions, clock):
    cookie, session = begin(sessions)
    session.tabs.add("tab")
    path = keep(session)
    clock.now += KEPT_SECONDS - 1
    sessions.sweep()
    assert path.exists()
    clock.now += 2
    sessions.sweep()
    assert not path.exists() and sessions.find(cookie) is session


def test_browser_that_shows_no_life_is_forgotten(sessions, clock):
    cookie, session = begin(sessions)
    keep(session)
    clock.now += KEPT_SECONDS + 1
    sessions.sweep()
    assert sessions.find(cookie) is None and not session.folder.exists()


def test_tab_of_another_browser_cannot_be_claimed(sessions):
    (_, one), (_, other) = begin(sessions), begin(sessions)
    assert sessions.claim(one, "tab") and sessions.claim(one, "tab")
    assert not sessions.claim(other, "tab")


def test_crowd_is_turned_away_but_takes_the_place_of_those_who_left(sessions):
    left, _ = begin(sessions)
    for number in range(BROWSERS - 1):
        begin(sessions)[1].tabs.add(f"tab {number}")
    begin(sessions)[1].tabs.add("tab of the last")
    assert sessions.find(left) is None
    with pytest.raises(Crowded):
        sessions.begin()
