"""yt-dlp as a library, used only to find the addresses of a video's files and to send requests.

Switched off is everything that runs programs, reads or writes files, takes cookies or code from elsewhere, or
disguises the origin of a request: plugins, config files, netrc, caches, post-processors, external downloaders,
ffmpeg, remote components, geo bypass. Manifests (HLS, DASH) are not used, because their downloaders need ffmpeg.
"""

import logging
from dataclasses import dataclass, field
from typing import Any

import yt_dlp
from yt_dlp.globals import plugin_dirs
from yt_dlp.networking.common import Request, Response

from speech2face.base.status import Reason, Rejected
from speech2face.config import Downloads
from speech2face.data.downloads.pace import Pace

_DIRECT = "[protocol~='^https?$']"


@dataclass(frozen=True, kw_only=True)
class Format:
    """The address of a video file, or of a file with its picture or sound only."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    available_at: float = 0.0
    """Time (seconds since 1970) before which the service does not send it."""
    bytes_per_second: float | None = None
    """Average over the video; None: unknown."""


class Client:
    """One session of yt-dlp."""

    def __init__(self, settings: Downloads, pace: Pace) -> None:
        self._pace = pace
        plugin_dirs.value = []
        self._session = yt_dlp.YoutubeDL(_options(settings))

    def find(self, url: str) -> list[Format]:
        """The formats of a video to fetch: one with picture and sound, or one of each.

        Raises:
            Rejected: the video is not available.
        """
        info = self._pace.look_up(lambda: self._session.extract_info(url, download=False)) or {}
        if info.get("_type", "video") != "video":
            raise Rejected(Reason.NO_FORMAT, "The address is that of a list of videos.")
        if info.get("is_live"):
            raise Rejected(Reason.NO_FORMAT, "The video is being broadcast now.")
        return [_format(chosen) for chosen in info.get("requested_formats") or [info]]

    def open(self, wanted: Format, headers: dict[str, str]) -> Response:
        """Ask the server for a format's bytes.

        Raises:
            RequestError: of yt-dlp; the server sent no response or an error.
        """
        self._pace.wait_until(wanted.available_at)
        # Uncompressed: ranges of a compressed response would be other bytes.
        return self._session.urlopen(
            Request(wanted.url, headers=wanted.headers | {"Accept-Encoding": "identity"} | headers)
        )

    def close(self) -> None:
        """Close all connections."""
        self._session.close()


def _options(settings: Downloads) -> dict[str, Any]:
    lines = f"[height<=?{settings.height}]{_DIRECT}"
    return {
        "format": f"bestvideo{lines}+bestaudio{_DIRECT}/best{lines}",
        "allowed_extractors": settings.extractors,
        "js_runtimes": {"deno": {"path": settings.javascript}} if settings.javascript else {},
        "remote_components": [],
        "extractor_args": {"youtube": {"skip": ["hls", "dash", "translated_subs"]}},
        "noplaylist": True,
        "playlist_items": "1",
        "extract_flat": "in_playlist",
        "simulate": True,
        "cachedir": False,
        "geo_bypass": False,
        "socket_timeout": settings.timeout_seconds,
        # `Pace` retries, with limited rate.
        "extractor_retries": 0,
        "logger": _Quiet(),
        "color": "never",
    }


def _format(chosen: dict[str, Any]) -> Format:
    return Format(
        url=chosen["url"],
        headers=dict(chosen.get("http_headers") or {}),
        available_at=chosen.get("available_at") or 0.0,
        bytes_per_second=125 * chosen["tbr"] if chosen.get("tbr") else None,
    )


class _Quiet:
    """yt-dlp's messages go to the debug log; failures are in the outcome of each clip."""

    debug = warning = error = staticmethod(logging.getLogger("speech2face.data.downloads").debug)
