"""Sessions of browsers: a cookie, a folder of recordings that only this browser can reach, and its open tabs."""

import secrets
import shutil
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speech2face.product.app.limits import BROWSERS, KEPT_SECONDS, RECORDINGS


class Crowded(RuntimeError):
    """The largest number of browsers has the page open."""


@dataclass(kw_only=True)
class Session:
    """One browser."""

    folder: Path
    """For its recordings; created with the first."""
    seen: float
    """Time of its last request."""
    names: set[str] = field(default_factory=set)
    """Names of its tabs, open or not."""
    tabs: set[str] = field(default_factory=set)
    """Names of the tabs that are open."""
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
        session.names.add(tab)
        return True

    def leave(self, cookie: str | None, tab: str | None) -> None:
        """A tab was closed; with the last one, the recordings are deleted."""
        session = self._sessions.get(cookie or "")
        if session is not None and tab is not None:
            session.names.discard(tab)
            session.tabs.discard(tab)
            if not session.tabs:
                self._clear(session)

    def forget_closed(self, shown: MutableMapping[str, Any]) -> None:
        """Remove closed and forgotten tabs from `shown`, a mapping by the names of tabs."""
        known = {tab for session in self._sessions.values() for tab in session.names}
        for tab in shown.keys() - known:
            shown.pop(tab, None)

    def sweep(self) -> None:
        """Delete recordings and sessions that are too old."""
        now = self._clock()
        for cookie, session in list(self._sessions.items()):
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
