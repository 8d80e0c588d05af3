"""Downloads from a real server on this machine: whole, cut off, stalled, refused, redirected, too large."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speech2face.data.faces.download import DownloadError, download

CONTENT = np.random.default_rng(0).bytes(300_000)
LIMIT = 1_000_000


class Handler(BaseHTTPRequestHandler):
    """Does what its server was told to do next; without orders it serves the file, from any byte."""

    def do_GET(self) -> None:
        server = self.server
        server.asked.append(self.headers["Range"])
        (server.orders.pop(0) if server.orders else serve)(self)

    def log_message(self, *told: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.orders: list[Callable[[Handler], None]] = []
        self.asked: list[str | None] = []
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/file.pt"


def serve(handler: Handler, *, ranges: bool = True, sent: int | None = None, shift: int = 0) -> None:
    """Send the file from the byte that is asked for; after `sent` bytes, hang up."""
    start = int(handler.headers["Range"][6:-1]) if ranges and handler.headers["Range"] else 0
    if start >= len(CONTENT):
        handler.send_response(416)
        handler.send_header("Content-Range", f"bytes */{len(CONTENT)}")
        handler.end_headers()
        return
    start += shift
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
    handler.send_header("Content-Length", str(len(CONTENT) - start))
    handler.end_headers()
    handler.wfile.write(CONTENT[start:][:sent])
    handler.close_connection = True


def cut(sent: int) -> Callable[[Handler], None]:
    return lambda handler: serve(handler, sent=sent)


def stall(handler: Handler) -> None:
    serve(handler, sent=100_000)
    handler.wfile.flush()
    handler.server.over.wait(20)


def without_length(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(CONTENT)
    handler.close_connection = True


def answer(code: int, **headers: str) -> Callable[[Handler], None]:
    def order(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return order


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield running
        running.over.set()
        running.shutdown()


@pytest.fixture
def fetch(server, tmp_path):
    """Fetches; gives the waits between tries, and how many bytes are kept for another run."""

    def run(limit: int = LIMIT, timeout: float = 10.0) -> list[float]:
        waits: list[float] = []
        download(server.address, tmp_path / "w" / "file.pt", limit=limit, timeout=timeout, sleep=waits.append)
        assert (tmp_path / "w" / "file.pt").read_bytes() == CONTENT
        assert [path.name for path in (tmp_path / "w").iterdir()] == ["file.pt"]
        return waits

    run.part = tmp_path / "w" / ".file.pt.part"
    return run


def test_a_file_arrives_whole(server, fetch):
    assert fetch() == []
    assert server.asked == [None]


def test_what_was_cut_off_goes_on_where_it_ended(server, fetch):
    server.orders = [cut(100_000), cut(150_000)]
    assert fetch() == [1.0, 1.0]
    assert server.asked == [None, "bytes=100000-", "bytes=250000-"]


def test_what_stalls_is_cut_off(server, fetch):
    server.orders = [stall]
    started = time.monotonic()
    assert fetch(timeout=0.3) == [1.0]
    assert time.monotonic() - started < 10  # the server would wait for 20 s
    assert server.asked == [None, "bytes=100000-"]


def test_a_later_run_goes_on_too(server, fetch):
    server.orders = [cut(1000)] + [answer(503)] * 5
    with pytest.raises(DownloadError, match=r"the server answers 503 .*\. Run again to go on from byte 1000, or"):
        fetch()
    server.asked.clear()
    fetch()
    assert server.asked == ["bytes=1000-"]


def test_waits_grow_or_are_what_the_server_asks_for(server, fetch):
    server.orders = [answer(429, Retry_After="7"), answer(500), answer(503, Retry_After="99999"), answer(502)]
    assert fetch() == [7.0, 2.0, 60.0, 8.0]


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_refusal_is_final_and_names_the_address(server, fetch, code):
    server.orders = [answer(code)]
    with pytest.raises(DownloadError, match=rf"{server.address} cannot be fetched: the server answers {code}"):
        fetch()
    assert len(server.asked) == 1


def test_nobody_there(tmp_path):
    waits: list[float] = []
    with Server() as gone:
        address = gone.address
    with pytest.raises(DownloadError, match=r"could not be fetched \(.*refused\)"):
        download(address, tmp_path / "f", limit=LIMIT, sleep=waits.append)
    assert waits == [1.0, 2.0, 4.0, 8.0]


def test_redirections_are_followed_on_this_machine(server, fetch):
    server.orders = [answer(302, Location="/elsewhere")]
    assert fetch() == []


@pytest.mark.parametrize("place", ["http://example.org/f", "file:///etc/passwd", "ftp://127.0.0.1/f"])
def test_redirections_to_open_addresses_are_refused(server, fetch, place):
    server.orders = [answer(302, Location=place)]
    with pytest.raises(DownloadError, match=r"is not an address|cannot be fetched: the server answers 302"):
        fetch()
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "address", ["http://example.org/f", "http://127.0.0.1.example.org/f", "file:///etc/passwd", "https:///f", "f", "https://[/"]
)  # fmt: skip
def test_addresses_that_anybody_could_answer_are_refused(tmp_path, address):
    with pytest.raises(DownloadError, match="give one with https"):
        download(address, tmp_path / "f", limit=LIMIT)
    assert not list(tmp_path.iterdir())


def test_no_more_than_the_limit_is_fetched(server, fetch):
    with pytest.raises(DownloadError, match="holds 300000 bytes; more than 299999"):
        fetch(limit=299_999)
    server.orders = [without_length]
    with pytest.raises(DownloadError, match="holds more than 1000 bytes"):
        fetch(limit=1000)
    server.orders = [without_length]
    fetch.part.unlink()
    fetch(limit=300_000)


def test_servers_that_know_no_ranges_start_over(server, fetch):
    server.orders = [cut(1000), lambda handler: serve(handler, ranges=False)]
    fetch()


def test_another_part_than_asked_for_is_refused(server, fetch):
    server.orders = [cut(1000), lambda handler: serve(handler, shift=1)]
    with pytest.raises(DownloadError, match="asked for what follows byte 1000 and sent byte 1001"):
        fetch()


def test_what_was_whole_before_the_end_of_the_last_run_is_taken(server, fetch):
    fetch.part.parent.mkdir()
    fetch.part.write_bytes(CONTENT)
    assert fetch() == []
    fetch.part.write_bytes(CONTENT + b"more")
    assert fetch() == [1.0]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 200_000), max_size=6))
def test_wherever_it_is_cut_the_file_is_the_same(server, fetch, lengths):
    server.orders = [cut(length) for length in lengths]
    fetch()
    server.orders.clear()
