"""Fetching one large file over HTTPS: resumed after interruptions, limited in size, and written atomically."""

import contextlib
import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from speech2face.base.files import is_of_disk
from speech2face.base.progress import progress

_BLOCK = 1 << 16
_TRIES = 5
"""Attempts in a row without data after which the download fails."""
_LONGEST_WAIT = 60.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PASSING = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
)
"""4xx errors that may be temporary, as all 5xx errors may."""


class DownloadError(RuntimeError):
    """A file that could not be fetched; the message says what and why."""


class _Interrupted(Exception):
    """An attempt that ended early and can be repeated; `wait` is the time that the server asks for, seconds."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


def download(
    address: str,
    target: Path,
    *,
    limit: int,
    timeout: float = 30.0,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Fetch the file at `address` to `target`.

    The received part is kept beside `target` with the ending `.part`; another attempt or run resumes from it.
    `target` appears when all is on disk.

    Args:
        address: https; http only for this machine itself. The same holds for redirections.
        limit: largest size in bytes.
        timeout: seconds without data after which an attempt ends.
        sleep: waits between attempts: 1 s, doubled each time, or as long as the server asks for, up to a minute.

    Raises:
        DownloadError: the address is not allowed, the server refuses, the file is too large, or five attempts in
            a row brought no data.
        OSError: the disk is full or cannot be written.
    """
    _check(address)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    failed = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            _fetch(address, part, limit=limit, timeout=timeout)
            break
        except _Interrupted as interruption:
            failed = 0 if part.exists() and part.stat().st_size > before else failed + 1
            if failed == _TRIES:
                raise DownloadError(
                    f"{address} could not be fetched ({interruption}). Run again to go on from byte "
                    f"{part.stat().st_size if part.exists() else 0}, or fetch the file by other means."
                ) from None
            sleep(min(_LONGEST_WAIT, max(interruption.wait, 2.0 ** max(0, failed - 1))))
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _fetch(address: str, part: Path, *, limit: int, timeout: float) -> None:
    """One attempt: append to `part` until the file is complete.

    Raises:
        _Interrupted: the file is incomplete.
        DownloadError: the file cannot be fetched.
    """
    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "speech2face", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        with _opener(address).open(urllib.request.Request(address, headers=headers), timeout=timeout) as response:
            start, whole = _extent(response)
            if start not in (0, have):
                raise DownloadError(f"{address} was asked for what follows byte {have} and sent byte {start}.")
            if whole is not None and whole > limit:
                raise DownloadError(f"{address} holds {whole} bytes; more than {limit} are not fetched.")
            blocks = progress(_blocks(response), what=part.name, unit="B", total=whole and whole - start, size=len)
            # A server without ranges sends the file from its start.
            with part.open("ab" if start else "wb") as file:
                for block in blocks:
                    file.write(block)
                    if file.tell() > limit:
                        raise DownloadError(f"{address} holds more than {limit} bytes, which are not fetched.")
    except urllib.error.HTTPError as error:
        _judge(error, address, part)
        return
    except (OSError, http.client.HTTPException) as error:
        if is_of_disk(error):
            raise OSError(error.errno, error.strerror, str(part)) from error
        raise _Interrupted(str(getattr(error, "reason", error)) or type(error).__name__) from error
    if whole is not None and (size := part.stat().st_size) < whole:
        raise _Interrupted(f"the connection ended after {size} of {whole} bytes")


def _judge(error: urllib.error.HTTPError, address: str, part: Path) -> None:
    """Raise the error for an error response: permanent or temporary; none if `part` is already complete."""
    message = f"the server answers {error.code} {error.reason}"
    if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part.exists():
        extent = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range", ""))
        if extent and int(extent[1]) == part.stat().st_size:
            return
        part.unlink()
        raise _Interrupted(f"{message}, so that it is fetched from its start") from None
    if error.code in _PASSING or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        retry_after = error.headers.get("Retry-After", "")
        raise _Interrupted(message, float(retry_after) if retry_after.isdecimal() else 0.0) from None
    raise DownloadError(f"{address} cannot be fetched: {message}. Correct the address, or give the file.") from None


def _extent(response: Any) -> tuple[int, int | None]:
    """The first byte of a response, and the size of the whole file if the server states it."""
    if response.status == HTTPStatus.PARTIAL_CONTENT:
        extent = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
        if extent is None:
            raise _Interrupted("the server does not say which part of the file it sends")
        return int(extent[1]), int(extent[2])
    length = response.headers.get("Content-Length")
    return 0, int(length) if length else None


def _blocks(response: Any) -> Iterator[bytes]:
    """The blocks of a response as they arrive."""
    while block := response.read1(_BLOCK):
        yield block


def _opener(address: str) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [_Redirections()]
    if urlsplit(address).hostname in _LOOPBACK:
        # A proxy would resolve this machine's addresses as its own.
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


class _Redirections(urllib.request.HTTPRedirectHandler):
    """Follows redirections only to allowed addresses."""

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        _check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check(address: str) -> None:
    """Refuse unencrypted addresses, over which the file could be replaced, and file addresses."""
    host = None
    with contextlib.suppress(ValueError):
        parts = urlsplit(address)
        host = parts.hostname
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise DownloadError(f"{address!r} is not an address that weights are fetched from: give one with https.")
