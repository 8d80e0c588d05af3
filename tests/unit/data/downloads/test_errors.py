"""What yt-dlp raises, and which reason it is."""

import pytest
from yt_dlp.networking.exceptions import IncompleteRead, ProxyError, TransportError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError, UnsupportedError

from speech2face.base.status import Reason
from speech2face.data.downloads.errors import explain

SAID_BY_YOUTUBE = {
    "Private video. Sign in if you've been granted access to this video": Reason.PRIVATE,
    "Video unavailable. This video is private": Reason.PRIVATE,
    "Join this channel to get access to members-only content like this video": Reason.PRIVATE,
    "This video is available to this channel's members on level: Fan (or any higher level)": Reason.PRIVATE,
    "This video requires payment to watch": Reason.PRIVATE,
    "Video unavailable": Reason.GONE,
    "Video unavailable. This video has been removed by the uploader": Reason.GONE,
    "This video has been removed for violating YouTube's Terms of Service": Reason.GONE,
    "Video unavailable. This video is no longer available because the YouTube account associated with this video has "
    "been terminated.": Reason.GONE,
    "This video is not available": Reason.GONE,
    "The uploader has not made this video available in your country": Reason.BLOCKED,
    "Video unavailable. This video contains content from X, who has blocked it in your country on copyright grounds": (
        Reason.BLOCKED
    ),
    "Sign in to confirm your age. This video may be inappropriate for some users": Reason.BLOCKED,
    "Sign in to confirm you\u2019re not a bot. Use --cookies for the authentication": Reason.UNREACHABLE,
    "Video unavailable. This content isn't available, try again later. The current session has been rate-limited by "
    "YouTube for up to an hour": Reason.UNREACHABLE,
    "Requested format is not available. Use --list-formats for a list of available formats": Reason.NO_FORMAT,
    "This video is DRM protected": Reason.NO_FORMAT,
    "Unable to extract initial player response": Reason.UNREACHABLE,
}


def downloaded(error):
    """The error as YoutubeDL.extract_info raises it."""
    try:
        try:
            raise error
        except type(error) as inner:
            raise DownloadError(f"ERROR: [youtube] {inner}")  # noqa: B904 (as yt-dlp does)
    except DownloadError as outer:
        return outer


@pytest.mark.parametrize(("words", "reason"), SAID_BY_YOUTUBE.items())
def test_words_of_youtube(words, reason):
    for error in (ExtractorError(words, expected=True), downloaded(ExtractorError(words, expected=True))):
        rejected = explain(error)
        assert rejected.reason == reason
        assert rejected.detail.startswith(words[:20].replace("\u2019", "'"))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (GeoRestrictedError("Video unavailable"), Reason.BLOCKED),
        (UnsupportedError("http://host/private"), Reason.NO_FORMAT),
        (ExtractorError("private", cause=TransportError("timed out")), Reason.UNREACHABLE),
        (ExtractorError("gone", cause=IncompleteRead(partial=3)), Reason.UNREACHABLE),
        (TransportError("Connection removed"), Reason.UNREACHABLE),
        (ProxyError("unavailable"), Reason.UNREACHABLE),
        (KeyError("x"), Reason.UNREACHABLE),
    ],
    ids=str,
)
def test_types_say_more_than_words(error, reason):
    assert explain(error).reason == reason
    if isinstance(error, ExtractorError):
        assert explain(downloaded(error)).reason == reason


def test_details_are_short_and_without_advice():
    detail = explain(downloaded(ExtractorError("Failed to parse " + "x" * 500))).detail
    assert len(detail) <= 200
    assert "report this issue" not in detail
    assert explain(downloaded(ExtractorError("Odd"))).detail == "Odd"
