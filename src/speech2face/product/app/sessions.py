"""Sessions of browsers: a cookie, a folder of recordings that only this browser can reach, and its open tabs."""

import contextlib
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from speech2face.product.app.limits import ALL_MB, BROWSERS, CLOSED_SECONDS, KEPT_SECONDS, RECORDINGS


class Crowded(RuntimeError):
    """The largest number of browsers has the page open."""


@dataclass(kw_only=True)
class Session:
    """One browser."""

    folder: Path
    """For its recordings; created with the first."""
    seen: float
    """Time of its last request."""
    names: dict[str, float] = field(default_factory=dict)
    """Names of its tabs, open or not, and when each was last heard of."""
    tabs: set[str] = field(default_factory=set)
    """Names of the tabs that are open."""
    streams: Counter[str] = field(default_factory=Counter)
    """Connections of each tab that are open now."""
    uploads: int = 0
    """Bytes of the upload that is under way; a browser sends one at a time."""
    recordings: dict[Path, float] = field(default_factory=dict)
    """Time of each upload, oldest first. Each lies in a folder of its own, whose name cannot be guessed."""

    def room(self, suffix: str) -> Path:
        """The path for the next recording; the oldest are deleted.

        Args:
            suffix: with its dot, so that a player knows the kind of the file.
        """
        for path in list(self.recordings)[: 1 - RECORDINGS]:
            self.drop(path)
        path = self.folder / secrets.token_urlsafe(16) / f"voice{suffix}"
        path.parent.mkdir(parents=True, mode=0o700)
        self.recordings[path] = self.seen
        return path

    def drop(self, path: Path) -> None:
        """Delete a recording."""
        del self.recordings[path]
        shutil.rmtree(path.parent, ignore_errors=True)

    def owns(self, path: str) -> bool:
        """Whether that is a recording of this browser that is still kept."""
        return Path(path) in self.recordings


class Sessions:
    """All browsers that have the page open, and the files of each below `folder`.

    Used from the event loop's thread alone.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock = folder, clock
        self._sessions: dict[str, Session] = {}

    def begin(self) -> str:
        """The cookie of a new browser.

        Raises:
            Crowded: too many have the page open; those with no open tab were forgotten already.
        """
        if len(self._sessions) >= BROWSERS:
            for cookie in [cookie for cookie, session in self._sessions.items() if not session.tabs]:
                self._forget(cookie)
        if len(self._sessions) >= BROWSERS:
            raise Crowded
        cookie = secrets.token_urlsafe(32)
        self._sessions[cookie] = Session(folder=self._folder / secrets.token_urlsafe(16), seen=self._clock())
        return cookie

    def find(self, cookie: str | None) -> Session | None:
        """The browser with that cookie, whose last request is now."""
        session = self._sessions.get(cookie or "")
        if session is not None:
            session.seen = self._clock()
        return session

    def claim(self, session: Session, tab: str) -> bool:
        """Add the name of a tab to that browser; False if another browser has a tab of that name."""
        if any(tab in other.names for other in self._sessions.values() if other is not session):
            return False
        session.names[tab] = self._clock()
        return True

    @contextlib.contextmanager
    def connection(self, session: Session, tab: str) -> Iterator[None]:
        """Inside the block a connection of that tab is open."""
        session.streams[tab] += 1
        try:
            yield
        finally:
            session.streams[tab] -= 1
            session.streams += Counter()  # Without those at 0.
            if tab in session.names:
                session.names[tab] = self._clock()

    def reserve(self, session: Session, size: int) -> bool:
        """Reserve room for an upload; False if it would be too much for all together, or one is under way.

        `session.uploads = 0` gives it back.
        """
        sessions = self._sessions.values()
        kept = sum(path.stat().st_size for each in sessions for path in each.recordings if path.exists())
        if session.uploads or kept + size + sum(each.uploads for each in sessions) > ALL_MB * 2**20:
            return False
        session.uploads = size
        return True

    def leave(self, cookie: str | None, tab: str | None) -> None:
        """A tab was closed; with the last one, the recordings are deleted."""
        session = self._sessions.get(cookie or "")
        if session is not None and tab is not None:
            session.names.pop(tab, None)
            session.tabs.discard(tab)
            if not session.tabs:
                self._clear(session)

    def closed(self, tabs: Iterable[str]) -> set[str]:
        """Those of some tabs that are closed."""
        return set(tabs) - {tab for session in self._sessions.values() for tab in session.names}

    def sweep(self) -> None:
        """Delete recordings and sessions that are too old, and forget tabs without a connection."""
        now = self._clock()
        for cookie, session in list(self._sessions.items()):
            for tab, heard in list(session.names.items()):
                if tab not in session.tabs and not session.streams[tab] and now - heard > CLOSED_SECONDS:
                    del session.names[tab]
                    if not session.names:
                        self._clear(session)
            for path in [path for path, came in session.recordings.items() if now - came > KEPT_SECONDS]:
                session.drop(path)
            if not session.tabs and now - session.seen > KEPT_SECONDS:
                self._forget(cookie)

    def _forget(self, cookie: str) -> None:
        self._clear(self._sessions.pop(cookie))

    def _clear(self, session: Session) -> None:
        for path in list(session.recordings):
            session.drop(path)
        shutil.rmtree(session.folder, ignore_errors=True)
