"""A video, a server for it, and settings that suit a test."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from speech2face.config import Downloads, load_config
from tests.conftest import ROOT
from tests.unit.data.downloads.server import Page, Server, write_video


@pytest.fixture(scope="session")
def video(tmp_path_factory) -> bytes:
    """A minute, some 4 MB."""
    return write_video(tmp_path_factory.mktemp("video") / "long.mp4")


@pytest.fixture
def serve(monkeypatch) -> Iterator[Callable[[Mapping[str, Page]], Server]]:
    """Start a server with some pages; the loopback address is never asked for through a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    servers: list[Server] = []

    def start(pages: Mapping[str, Page]) -> Server:
        servers.append(Server(pages))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def settings(tmp_path) -> Downloads:
    """No pauses; only links to files, so that no other host is ever asked."""
    values = load_config([ROOT / "config" / "config.yaml"]).downloads
    return values.model_copy(
        update={
            "folder": str(tmp_path / "downloads"),
            "extractors": ["generic"],
            "bytes_per_second": 1e9,
            "pause_seconds": 0.0,
            "timeout_seconds": 1.0,
            "tries": 3,
            "wait_seconds": 0.01,
            "clip_seconds": 20.0,
        }
    )
