"""yt-dlp, as it is used here: what it must not do."""

import sys

import pytest
import yt_dlp

from speech2face.data.downloads.client import Client
from speech2face.data.downloads.pace import Pace
from tests.unit.data.downloads.server import Page


@pytest.fixture
def client(settings):
    pace = Pace(settings, "seed")
    pace.begin_clip()
    made = Client(settings, pace)
    yield made
    made.close()


def test_plugins_and_config_files_are_not_read(monkeypatch, tmp_path, settings, serve, video):
    """A plugin on the path of Python, and a config in the folder where yt-dlp's command line looks for one."""
    plugin = tmp_path / "yt_dlp_plugins" / "extractor" / "spy.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("import sys; sys.spied_by_plugin = True\n")
    config = tmp_path / "yt-dlp" / "config"
    config.parent.mkdir()
    config.write_text(f"--write-info-json --exec 'touch {tmp_path}/executed'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(yt_dlp.globals.all_plugins_loaded, "value", False)
    before = sorted(tmp_path.rglob("*"))
    pace = Pace(settings, "seed")
    pace.begin_clip()
    client = Client(settings, pace)
    [found] = client.find(serve({"/a.mp4": Page(video)}).url("/a.mp4"))
    client.close()
    assert found.url.endswith("/a.mp4")
    assert not hasattr(sys, "spied_by_plugin")
    assert sorted(tmp_path.rglob("*")) == before


def test_only_the_file_itself_is_asked_for_and_without_pretence(client, serve, video):
    headers = []
    server = serve({"/a.mp4": Page(video)})
    answer = server._answer
    server._answer = lambda request: (headers.append(request.headers), answer(request))
    [found] = client.find(server.url("/a.mp4"))
    client.open(found, {"Range": "bytes=0-9"}).close()
    assert [path for path, _ in server.requests] == ["/a.mp4", "/a.mp4"]
    for sent in headers:
        assert not {"cookie", "authorization", "x-forwarded-for"} & {name.lower() for name in sent}
    assert headers[1]["Accept-Encoding"] == "identity"


def test_a_login_in_the_users_netrc_is_not_sent(client, monkeypatch, tmp_path, serve, video):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    server = serve({"/a.mp4": Page(video)})
    sent = []
    answer = server._answer
    server._answer = lambda request: (sent.append(request.headers.get("Authorization")), answer(request))
    client.find(server.url("/a.mp4"))
    assert sent == [None]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/a.mp4", "data:video/mp4,abc"])
def test_other_protocols_are_refused(client, address):
    from speech2face.base.status import Rejected

    with pytest.raises(Rejected):
        client.find(address)
