"""A file on a server, read like a local file: only the parts that are read are transferred."""

import io
import re
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from yt_dlp.networking.common import Response
from yt_dlp.networking.exceptions import HTTPError, IncompleteRead, TransportError

from speech2face.data.downloads.client import Client, Format
from speech2face.data.downloads.pace import Pace

T = TypeVar("T")

_BLOCK = 1 << 16
_MOST_BLOCKS = 32  # of one request: 2 MiB
_SECONDS_AT_ONCE = 3
_KEPT_BLOCKS = 512  # 32 MiB: the index of a long video, and the current clip
_AT_ONCE = 1 << 15  # read from a connection before the limits are checked


class RemoteFile(io.RawIOBase):
    """A file object for PyAV. If the bit rate is known, a range is a few seconds; otherwise ranges grow with reading.

    A server without ranges sends the whole file, which is read as far as needed into a temporary file.

    Args:
        scratch: folder for the temporary file.
    """

    def __init__(self, client: Client, pace: Pace, wanted: Format, scratch: Path) -> None:
        self._client, self._pace, self._wanted, self._scratch = client, pace, wanted, scratch
        self._position = 0
        self._size: int | None = None
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._next = 0
        rate = wanted.bytes_per_second
        self._least = 2 if rate is None else min(max(1, round(rate * _SECONDS_AT_ONCE / _BLOCK)), _MOST_BLOCKS)
        self._growth = 2 if rate is None else 1
        self._stride = self._least
        self._whole: _Whole | None = None
        self._failed = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_END:
            base = self._position if whence == io.SEEK_CUR else 0
        else:
            base = self._once(self._end, self._position)
        self._position = max(0, offset + base)
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; none at the end, and none after an error.

        Raises:
            Rejected: the server does not send them.
        """
        data = self._once(lambda: self._at(self._position, _BLOCK if size < 0 else size), b"")
        self._position += len(data)
        return data

    def _once(self, action: Callable[[], T], afterwards: T) -> T:
        """The result of `action`; `afterwards` after an earlier error, because FFmpeg reads on."""
        if self._failed:
            return afterwards
        try:
            return action()
        except BaseException:
            self._failed = True
            raise

    def close(self) -> None:
        if self._whole is not None:
            self._whole.close()
        super().close()

    def _end(self) -> int:
        if self._size is None:
            self._at(0, 1)
        if self._whole is not None:
            return self._whole.end()
        assert self._size is not None
        return self._size

    def _at(self, position: int, size: int) -> bytes:
        if self._whole is None and (self._size is None or position < self._size):
            number = position // _BLOCK
            if number not in self._blocks:
                self._fetch(number)
            if number in self._blocks:
                self._blocks.move_to_end(number)
                start = position - number * _BLOCK
                return self._blocks[number][start : start + size]
        return b"" if self._whole is None else self._whole.at(position, size)

    def _fetch(self, number: int) -> None:
        """Fetch a block and some after it."""
        straight_on = number == self._next and number > 0
        self._stride = min(self._growth * self._stride, _MOST_BLOCKS) if straight_on else self._least
        first, stop = number * _BLOCK, (number + self._stride) * _BLOCK
        data = bytearray()
        got = -1
        # A server may send less than the requested range.
        while self._whole is None and got < len(data) < min(stop, stop if self._size is None else self._size) - first:
            got = len(data)
            self._pace.attempt(lambda: self._fill(data, first, stop))
        for offset in range(0, len(data), _BLOCK):
            self._blocks[number + offset // _BLOCK] = bytes(data[offset : offset + _BLOCK])
        while len(self._blocks) > _KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        self._next = number + self._stride

    def _fill(self, data: bytearray, first: int, stop: int) -> None:
        """Append the missing bytes of `first` to `stop` to `data`; bytes received before an error are kept."""
        begin = first + len(data)
        try:
            response = self._client.open(self._wanted, {"Range": f"bytes={begin}-{stop - 1}"})
        except HTTPError as error:
            if error.status != 416:  # range not satisfiable: the file ends before it
                raise
            self._size = begin if self._size is None else self._size
            return
        if response.status != 206:
            self._whole = _Whole(self._client, self._pace, self._wanted, self._scratch, response)
            return
        with response:
            length = self._last(response, begin, stop) + 1 - first
            while len(data) < length:
                piece = response.read(min(_AT_ONCE, length - len(data)))
                if not piece:
                    raise IncompleteRead(partial=len(data), expected=length - len(data))
                data += piece
                self._pace.received(len(piece))

    def _last(self, response: Response, begin: int, stop: int) -> int:
        """The last byte in a response; the file size in its header is kept."""
        sent = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.get_header("Content-Range") or "")
        if sent is None or int(sent[1]) != begin or not begin <= int(sent[2]) < min(stop, int(sent[3])):
            raise TransportError("The server sent other bytes than were asked for.")
        if self._size not in (None, int(sent[3])):
            raise TransportError("The file on the server changed while it was read.")
        self._size = int(sent[3])
        return int(sent[2])


class _Whole:
    """A file that the server sends only from its beginning; the received part is kept."""

    def __init__(self, client: Client, pace: Pace, wanted: Format, scratch: Path, response: Response) -> None:
        self._client, self._pace, self._wanted = client, pace, wanted
        self._response: Response | None = response
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 (closed by `close`)
        self._length = 0
        self._complete = False
        length = response.get_header("Content-Length") or ""
        self._announced = int(length) if length.isdecimal() else None

    def at(self, position: int, size: int) -> bytes:
        self._pace.attempt(lambda: self._pull(position + size))
        self._file.seek(position)
        return self._file.read(size)

    def end(self) -> int:
        if self._announced is None:
            self._pace.attempt(lambda: self._pull(None))
            return self._length
        return self._announced

    def _pull(self, stop: int | None) -> None:
        """Read on until `stop`, or to the end."""
        if self._complete or (stop is not None and self._length >= stop):
            return
        skip = 0
        if self._response is None:
            self._response, skip = self._client.open(self._wanted, {}), self._length
        try:
            self._file.seek(self._length)
            while stop is None or self._length < stop:
                piece = self._response.read(_AT_ONCE)
                if not piece:
                    self._complete = True
                    break
                self._pace.received(len(piece))
                fresh = piece[skip:]
                skip = max(0, skip - len(piece))
                self._file.write(fresh)
                self._length += len(fresh)
        except BaseException:
            self._response.close()
            self._response = None
            raise
        if self._complete and self._announced is not None and self._length < self._announced:
            self._complete, self._response = False, None
            raise IncompleteRead(partial=self._length, expected=self._announced - self._length)

    def close(self) -> None:
        if self._response is not None:
            self._response.close()
        self._file.close()
