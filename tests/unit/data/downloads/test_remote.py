"""A file on a server reads like the same file on the disk."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speech2face.base.status import Reason, Rejected
from speech2face.data.downloads.client import Client, Format
from speech2face.data.downloads.pace import Pace
from speech2face.data.downloads.remote import RemoteFile
from tests.unit.data.downloads.server import Page

BODY = bytes(number * number % 251 for number in range(300_000))


@pytest.fixture
def remote(settings, tmp_path):
    """A `RemoteFile` for an address; `rate`: bytes a second."""
    settings = settings.model_copy(update={"tries": 20, "wait_seconds": 0.0})
    pace = Pace(settings, "seed")
    client = Client(settings, pace)
    files = []

    def open_file(url, rate=None):
        pace.begin_clip()
        files.append(RemoteFile(client, pace, Format(url=url, bytes_per_second=rate), tmp_path))
        return files[-1]

    yield open_file
    for file in files:
        file.close()
    client.close()


WHENCES = st.sampled_from([io.SEEK_SET, io.SEEK_CUR, io.SEEK_END])
MOVES = st.lists(st.tuples(WHENCES, st.integers(-310_000, 310_000), st.integers(0, 200_000)), max_size=8)


@pytest.mark.parametrize(
    "page",
    [Page(BODY), Page(BODY, ranges=False), Page(BODY, most=10_007), Page(BODY, cut_after=50_000)],
    ids=["ranges", "no ranges", "less than asked for", "always cut off"],
)
def test_reads_and_seeks_give_what_the_file_holds(serve, remote, page):
    url = serve({"/a": page}).url("/a")

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(MOVES)
    def check(moves):
        file, disk = remote(url), io.BytesIO(BODY)
        for whence, offset, size in moves:
            if whence == io.SEEK_SET or disk.tell() * (whence == io.SEEK_CUR) + offset < 0:
                offset = abs(offset)
            assert file.seek(offset, whence) == disk.seek(offset, whence) == file.tell()
            expected = disk.read(size)
            got = bytearray()
            while piece := file.read(size - len(got)):  # a read may give less
                got += piece
            assert got == expected

    check()


def test_what_was_read_is_not_fetched_again(serve, remote):
    server = serve({"/a": Page(BODY)})
    file = remote(server.url("/a"))
    for _ in range(3):
        file.seek(0)
        assert b"".join(iter(lambda: file.read(1 << 15), b"")) == BODY
    assert server.range_bytes["/a"] == len(BODY)
    assert len(server.requests) <= 3


@pytest.mark.parametrize(("rate", "requests"), [(1e4, 5), (5e4, 3), (1e6, 1)])
def test_a_known_rate_says_how_much_is_asked_for_at_once(serve, remote, rate, requests):
    server = serve({"/a": Page(BODY)})
    file = remote(server.url("/a"), rate)
    assert b"".join(iter(lambda: file.read(1 << 15), b"")) == BODY
    assert len(server.requests) == requests


def test_a_file_that_changes_is_not_mixed(serve, remote):
    server = serve({"/a": Page(BODY)})
    file = remote(server.url("/a"))
    file.read(100)
    server.pages["/a"] = Page(BODY[:-1])
    file.seek(250_000)
    with pytest.raises(Rejected, match="changed") as rejected:
        file.read(100)
    assert rejected.value.reason == Reason.UNREACHABLE


@pytest.mark.parametrize("told", ["bytes 5-104/300000", "bytes 0-999999/300000", "items 0-1/2", ""])
def test_other_bytes_than_those_asked_for_are_refused(serve, remote, told):
    page = Page(BODY[:131_072], ranges=False, status=206, headers={"Content-Range": told})
    file = remote(serve({"/a": page}).url("/a"))
    with pytest.raises(Rejected, match="other bytes"):
        file.read(100)


def test_nothing_is_an_empty_file(serve, remote):
    file = remote(serve({"/a": Page(b"")}).url("/a"))
    assert file.read(10) == b""
    assert file.seek(0, io.SEEK_END) == 0
