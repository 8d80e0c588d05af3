"""Files that would make the reader open others: refused, whatever they are called."""

import io
import struct
from pathlib import Path

import av
import pytest

from speech2face.base.status import Reason, Rejected
from speech2face.data.clips.media import read_media
from speech2face.data.clips.opening import open_ordinary
from tests.unit.data.clips.made_media import SETTINGS, Pictures, Sounds, write_media

# What names the file `secret`, in the formats that FFmpeg would follow or that start with another protocol.
SCRIPTS = {
    "ffconcat": "ffconcat version 1.0\nfile {secret}\n",
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{secret}\n#EXT-X-ENDLIST\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
    '<Representation id="1" bandwidth="1"><BaseURL>{secret}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "ass": "[Script Info]\nScriptType: v4.00+\n[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,D,,0,0,0,,{secret}\n",
    "idx": "# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n",
    "asx": '<asx version="3.0"><entry><ref href="{secret}"/></entry></asx>',
    "pls": "[playlist]\nFile1={secret}\nNumberOfEntries=1\n",
    "avs": 'AviSource("{secret}")\n',
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{secret}"/></svg>',
}


@pytest.fixture
def secret(tmp_path):
    return write_media(tmp_path / "secret.mp4", Pictures(), Sounds())


def rejection(source):
    with pytest.raises(Rejected) as rejected, open_ordinary(source) if isinstance(source, Path) else source as file:
        read_media(file, start_s=0.0, seconds=3.0, settings=SETTINGS)
    return rejected.value.reason


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_that_name_other_files(tmp_path, secret, script):
    for name in (secret.name, str(secret), f"file:{secret}"):
        text = SCRIPTS[script].replace("{secret}", name)
        for ending in (script, "mp4", "mkv"):
            path = tmp_path / f"a.{ending}"
            path.write_text(text)
            assert rejection(path) == Reason.NOT_MEDIA
        assert rejection(io.BytesIO(text.encode())) == Reason.NOT_MEDIA


def test_the_scripts_are_not_harmless(tmp_path, secret):
    """FFmpeg itself follows one: what refuses it is the reader."""
    (tmp_path / "a.mp4").write_text(SCRIPTS["ffconcat"].replace("{secret}", secret.name))
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.streams.video


@pytest.mark.parametrize("address", ["concat:{}|{}", "subfile,,start,0,end,0,,:{}", "data:text/plain,a", "pipe:0"])
def test_addresses_are_only_names(tmp_path, secret, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    assert rejection(tmp_path / address.format(secret.name, secret.name)) == Reason.MISSING


def test_a_picture_is_not_a_sequence_of_pictures(tmp_path):
    (tmp_path / "a%03d.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert rejection(tmp_path / "a%03d.png") == Reason.NOT_MEDIA


def with_outside_samples(data: bytes, path: str) -> bytes:
    """A QuickTime file without any sound or picture of its own: its tracks say that they lie in the file `path`."""
    made, place = b"", 0
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + length]
        place += length
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
            body = with_outside_samples(body, path)
        elif kind == b"mdat":
            body = bytes(len(body))
        elif kind == b"dref":
            body = struct.pack(">II", 0, 1) + macintosh_alias(path)
        made += struct.pack(">I4s", len(body) + 8, kind) + body
    return made


def macintosh_alias(path: str) -> bytes:
    name = path.encode() + bytes(len(path) % 2)
    body = bytes(11 + 27 + 12 + 1 + 63 + 16) + struct.pack(">HH", 1, 1) + bytes(16)
    body += struct.pack(">HH", 2, len(name)) + name + struct.pack(">hH", -1, 0)
    return struct.pack(">I4sI", len(body) + 12, b"alis", 0) + body


def test_tracks_that_lie_in_another_file(tmp_path, secret):
    path = tmp_path / "a.mov"
    path.write_bytes(with_outside_samples(secret.read_bytes(), str(secret)))
    with av.open(str(path), options={"enable_drefs": "1"}) as container:
        assert len(list(container.decode(video=0))) == 30, "the file does not do what it is made for"
    # It has no sound of its own.
    assert rejection(path) == Reason.TOO_SHORT
