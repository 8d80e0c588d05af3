"""Why a video cannot be had: from what yt-dlp raised to a reason code."""

import re

from yt_dlp.networking.exceptions import HTTPError, RequestError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError, UnsupportedError

from speech2face.base.status import Reason, Rejected

_LONGEST = 200

# What YouTube says, in the order in which it is looked for: "Video unavailable" stands before many another reason,
# and "sign in" before three of them. A page that asks whether this is a robot says nothing of the video.
_PHRASES: tuple[tuple[Reason, str], ...] = (
    (Reason.UNREACHABLE, r"not a bot|captcha|try again later|rate-limited|live event will begin|premiere"),
    (Reason.PRIVATE, r"private|members.only|available to this channel's members|join this channel|payment"),
    (Reason.BLOCKED, r"your country|confirm your age|age-restricted|inappropriate|copyright grounds|sign in|log in"),
    (Reason.NO_FORMAT, r"drm|requested format is not available|no video formats|no suitable extractor"),
    (Reason.GONE, r"unavailable|removed|terminated|no longer available|not available|does not exist"),
)


def explain(error: Exception) -> Rejected:
    """The reason for which a video cannot be had, with the error's own words.

    The type of the error and the server's status say more than words do; words are looked at last. What is not
    understood counts as not reached: it is tried again, with a newer yt-dlp perhaps.
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
    """What lies behind an error of yt-dlp: the network's own error, where there is one."""
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
