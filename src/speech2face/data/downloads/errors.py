"""From errors of yt-dlp to reason codes."""

import re

from yt_dlp.networking.exceptions import HTTPError, RequestError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError, UnsupportedError

from speech2face.base.status import Reason, Rejected

_LONGEST = 200

# Messages of YouTube, in the order of the search: "Video unavailable" precedes many other reasons, and "sign in" three
# of them. A page that checks for robots says nothing about the video.
_PHRASES: tuple[tuple[Reason, str], ...] = (
    (Reason.UNREACHABLE, r"not a bot|captcha|try again later|rate-limited|live event will begin|premiere"),
    (Reason.PRIVATE, r"private|members.only|available to this channel's members|join this channel|payment"),
    (Reason.BLOCKED, r"your country|confirm your age|age-restricted|inappropriate|copyright grounds|sign in|log in"),
    (Reason.NO_FORMAT, r"drm|requested format is not available|no video formats|no suitable extractor"),
    (Reason.GONE, r"unavailable|removed|terminated|no longer available|not available|does not exist"),
)


def explain(error: Exception) -> Rejected:
    """The reason why a video is not available, with the text of the error.

    The type of the error and the status of the server count first, then the text. Unknown errors count as
    unreachable, so that the video is tried again, perhaps with a newer yt-dlp.
    """
    if isinstance(error, DownloadError) and isinstance(error.__context__, ExtractorError):
        error = error.__context__
    words = _plain(error)
    if isinstance(error, GeoRestrictedError):
        return Rejected(Reason.BLOCKED, words)
    cause = cause_of(error)
    if isinstance(cause, HTTPError):
        return Rejected(_of_status(cause.status), words)
    if isinstance(error, UnsupportedError):
        return Rejected(Reason.NO_FORMAT, words)
    if not isinstance(cause, RequestError):
        for reason, phrases in _PHRASES:
            if re.search(phrases, words, re.IGNORECASE):
                return Rejected(reason, words)
    return Rejected(Reason.UNREACHABLE, words)


def cause_of(error: BaseException) -> BaseException:
    """The cause of an error of yt-dlp: the network error, if there is one."""
    while isinstance(error, DownloadError | ExtractorError):
        inner = getattr(error, "cause", None) or error.__context__
        if not isinstance(inner, ExtractorError | RequestError):
            break
        error = inner
    return error


def _of_status(status: int) -> Reason:
    if status in (404, 410):
        return Reason.GONE
    return Reason.BLOCKED if status in (401, 403, 451) else Reason.UNREACHABLE


def _plain(error: Exception) -> str:
    """The error's first sentence, without yt-dlp's advice to report it, and with plain apostrophes."""
    words = str(getattr(error, "orig_msg", None) or error).replace("\u2019", "'")
    words = re.split(r"; please report this issue|\(caused by", re.sub(r"^ERROR: (\[[^]]*\] )?", "", words))[0]
    words = " ".join(words.split())
    return words[:_LONGEST] or type(error).__name__
