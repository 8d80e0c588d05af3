"""Limits of requests: their rate, their size, retries after temporary errors, and the time for a clip."""

import email.utils
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import YoutubeDLError

from speech2face.base.status import Reason, Rejected
from speech2face.config import Downloads
from speech2face.data.downloads.errors import cause_of, explain

T = TypeVar("T")


class Pace:
    """Waits before requests and after data so that the limits of the config hold.

    Args:
        seed: of the random waits, so that jobs that failed together do not retry together.
    """

    def __init__(self, settings: Downloads, seed: str) -> None:
        self._settings = settings
        self._chance = random.Random(seed)
        self._not_before = 0.0
        self._next_look_up = 0.0
        self._deadline = 0.0
        self._clip_bytes = 0
        self._packet_bytes = 0

    @property
    def megabytes(self) -> float:
        """Bytes read since the clip began."""
        return self._clip_bytes / 1e6

    def begin_clip(self) -> None:
        """Start the limits of the next clip."""
        self._deadline = time.monotonic() + self._settings.clip_seconds
        self._clip_bytes = 0
        self._packet_bytes = 0

    def check_packet(self, size: int) -> None:
        """Count a packet of the clip, which may be cached.

        Raises:
            Rejected: the clip takes too long or is too large.
        """
        self._packet_bytes += size
        self._limit(self._packet_bytes)
        self._wait(0.0, "")

    def look_up(self, request: Callable[[], T]) -> T:
        """As `attempt`, for a request that looks up a video; services limit these per hour."""

        def in_turn() -> T:
            self._wait(self._next_look_up - time.monotonic(), "downloads.pause_seconds is long")
            self._next_look_up = time.monotonic() + self._settings.pause_seconds
            try:
                return request()
            except YoutubeDLError:
                raise
            except Exception as error:  # any of 1,800 extractors may raise anything
                raise YoutubeDLError(f"{type(error).__name__}: {error}") from error

        return self.attempt(in_turn)

    def wait_until(self, epoch_s: float) -> None:
        """Wait until a time (seconds since 1970) before which a service does not send a file."""
        self._wait(epoch_s - time.time(), "the service gives the file later")

    def received(self, count: int) -> None:
        """Count bytes, and wait if they came faster than the limit.

        Raises:
            Rejected: the clip took too many bytes or too long.
        """
        self._clip_bytes += count
        self._limit(self._clip_bytes)
        self._wait(count / self._settings.bytes_per_second, "downloads.bytes_per_second is low")

    def attempt(self, request: Callable[[], T]) -> T:
        """Make a request, and repeat it with growing waits after temporary errors.

        Raises:
            Rejected: it failed permanently or too often.
        """
        for number in range(self._settings.tries):
            self._wait(self._not_before - time.monotonic(), "the server asked to wait")
            try:
                return request()
            except YoutubeDLError as error:
                failure, wait_s = explain(error), _retry_after(error)
            if failure.reason != Reason.UNREACHABLE:
                raise failure
            # The server's wait also holds for the next clip.
            self._not_before = max(self._not_before, time.monotonic() + wait_s)
            if number + 1 < self._settings.tries:
                self._wait(self._settings.wait_seconds * 2**number * self._chance.uniform(0.5, 1.5), failure.detail)
        raise failure

    def _limit(self, count: int) -> None:
        if count > self._settings.clip_megabytes * 1e6:
            raise Rejected(
                Reason.NO_FORMAT,
                f"More than {self._settings.clip_megabytes:g} MB (downloads.clip_megabytes) must be read for the clip.",
            )

    def _wait(self, seconds: float, why: str) -> None:
        left = self._deadline - time.monotonic()
        if left <= max(seconds, 0.0):
            limit = f"Not done in {self._settings.clip_seconds:g} s (downloads.clip_seconds)"
            raise Rejected(Reason.UNREACHABLE, f"{limit}: {why}." if why else f"{limit}.")
        time.sleep(max(seconds, 0.0))


def _retry_after(error: Exception) -> float:
    """Seconds to wait by the header Retry-After (RFC 9110, 10.2.3); 0 without it."""
    cause = cause_of(error)
    if not isinstance(cause, HTTPError):
        return 0.0
    word = (cause.response.get_header("Retry-After") or "").strip()
    cause.close()
    if word.isdecimal():
        return float(word)
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(word) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
