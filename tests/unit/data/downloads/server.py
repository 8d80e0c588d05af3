"""A server on the loopback address that behaves as servers do, and videos whose picture and sound tell the time."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np

RATE = 16000


@dataclass
class Page:
    """What the server does for one path. What it does `first` times only, it stops doing then."""

    body: bytes = field(default=b"", repr=False)
    kind: str = "video/mp4"
    ranges: bool = True
    most: int | None = None
    """Bytes of a range that are given at most."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    first: int | None = None
    """How many requests get `status`, `cut_after` or `stall_s`; None: all."""
    skip: int = 0
    """How many requests come before these."""
    cut_after: int | None = None
    """Bytes after which the connection is cut."""
    stall_s: float = 0.0
    """Pause in the middle of the body."""


class Server:
    """Serves `pages`; counts requests and the bytes sent in answer to ranges."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self.pages = dict(pages)
        self.requests: list[tuple[str, str | None]] = []
        self.range_bytes: Counter[str] = Counter()
        self._stop = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server._answer(self)

            def log_message(self, *arguments: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._http.server_port}{path}"

    def count(self, path: str, *, ranges: bool) -> int:
        """Requests for a path, with or without the wish for a range."""
        return sum(asked == path and (wanted is not None) == ranges for asked, wanted in self.requests)

    def close(self) -> None:
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        number = sum(path == request.path for path, _ in self.requests)
        self.requests.append((request.path, wanted))
        page = self.pages.get(request.path, Page(status=404))
        odd = number >= page.skip and (page.first is None or number < page.skip + page.first)
        if page.status != 200 and odd:
            self._refuse(request, page)
            return
        body, status = page.body, 200
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted or "") if page.ranges else None
        if found:
            start = int(found[1])
            stop = min(int(found[2] or len(body)) + 1, len(body))
            if start >= len(body):
                self._refuse(request, Page(status=416))
                return
            if page.most is not None:
                stop = min(stop, start + page.most)
            body, status = body[start:stop], 206
        request.send_response(status)
        request.send_header("Content-Type", page.kind)
        request.send_header("Content-Length", str(len(body)))
        if found:
            request.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(page.body)}")
        request.end_headers()
        self._send(request, page, body, odd, found is not None)

    def _refuse(self, request: BaseHTTPRequestHandler, page: Page) -> None:
        request.send_response(page.status)
        for name, value in page.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _send(self, request: BaseHTTPRequestHandler, page: Page, body: bytes, odd: bool, ranged: bool) -> None:
        cut = page.cut_after if odd and page.cut_after is not None else len(body)
        try:
            for place in range(0, min(cut, len(body)), 1 << 14):
                piece = body[place : min(place + (1 << 14), cut)]
                request.wfile.write(piece)
                self.range_bytes[request.path] += len(piece) if ranged else 0
                if odd and page.stall_s and place >= len(body) // 2:
                    self._stop.wait(page.stall_s)
        except (BrokenPipeError, ConnectionResetError):
            pass
        if cut < len(body):
            request.close_connection = True


def brightness(time_s: float) -> float:
    """Mean of the picture at a time: up by 2 a second."""
    return 40 + 2 * time_s


def pitch(time_s: float) -> float:
    """Frequency of the sound at a time, hertz: up by 20 each second."""
    return 300 + 20 * int(time_s)


def write_video(
    path: Path,
    *,
    seconds: float = 60,
    fps: int = 10,
    gop: int = 20,
    picture: str | None = "mpeg4",
    sound: str | None = "aac",
    options: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """A video with much noise in its picture, so that it is large, and its index at the end; returns its bytes.

    Args:
        picture, sound: codecs; None: no such stream.
        options: of the muxer.
    """
    noise = np.random.default_rng(0).normal(0, 25, (96, 128)).astype(np.float32)
    with av.open(str(path), "w", options=dict(options)) as container:
        if picture:
            pictures = container.add_stream(picture, rate=fps)
            pictures.height, pictures.width = noise.shape
            pictures.pix_fmt = "yuv420p"
            pictures.gop_size = gop
            pictures.bit_rate = 1_000_000
            # However much the picture changes, key frames come every `gop` frames alone.
            pictures.options = {"sc_threshold": "1000000000" if picture == "mpeg4" else "0"}
            pictures.codec_context.time_base = Fraction(1, fps)
        if sound:
            voice = container.add_stream(sound, rate=RATE, layout="mono")
        for second in range(int(seconds)):
            if picture:
                for number in range(fps):
                    level = brightness(second + number / fps)
                    shown = np.clip(np.roll(noise, 7 * (second * fps + number), axis=1) + level, 0, 255)
                    frame = av.VideoFrame.from_ndarray(shown.astype(np.uint8), format="gray")
                    container.mux(pictures.encode(frame.reformat(format="yuv420p")))
            if sound:
                times = second + np.arange(RATE) / RATE
                wave = 0.5 * np.sin(2 * np.pi * pitch(second) * times).astype(np.float32)
                heard = av.AudioFrame.from_ndarray(wave[None], format="flt", layout="mono")
                heard.sample_rate, heard.pts = RATE, second * RATE
                container.mux(voice.encode(heard))
        if picture:
            container.mux(pictures.encode())
        if sound:
            container.mux(voice.encode())
    return path.read_bytes()


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds.

    Raises:
        TimeoutError: it does not.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)
