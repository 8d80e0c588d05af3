"""The real client against a server on the loopback address: what it serves, how it fails, what comes of it."""

import time

import av
import numpy as np
import pytest

from speech2face.base.status import Reason
from speech2face.data.downloads.fetch import Fetcher
from tests.unit.data.downloads.hearing import look_and_listen
from tests.unit.data.downloads.server import RATE, Page, brightness, pitch, write_video

# As services store what is streamed: in fragments, with an index of them at the front.
FRAGMENTS = {"mp4": {"movflags": "dash+global_sidx+frag_keyframe", "frag_duration": "2000000"}, "webm": {}}


@pytest.fixture
def fetch(settings, tmp_path):
    """Fetch one clip with the given changes of the settings; outcome and path."""
    fetchers = []

    def run(url, start=31.0, end=34.0, **changes):
        fetchers.append(Fetcher(settings.model_copy(update=changes), "seed"))
        path = tmp_path / "clips" / f"{start}.mkv"
        return fetchers[-1].fetch(url, start, end, path), path

    yield run
    for fetcher in fetchers:
        fetcher.close()


def assert_right(outcome, path, start=31.0, end=34.0):
    """Picture and sound of the fetched file are those of the wanted seconds."""
    assert outcome.reason is None, outcome
    assert start - outcome.begins_s <= 2.2, "two seconds between key frames, and a little before"
    with av.open(str(path)) as container:
        assert 0 <= container.start_time < 2000, "microseconds; readers count from what comes first"
    times, levels, sound = look_and_listen(path, start - outcome.begins_s, end - start)
    assert len(levels) >= 5
    for moment, level in zip(times, levels, strict=True):
        assert level == pytest.approx(brightness(start + moment), abs=1.5)
    assert len(sound) == pytest.approx((end - start) * RATE, abs=RATE // 10)
    for second in range(int(end - start)):
        heard = sound[int((second + 0.1) * RATE) : int((second + 0.9) * RATE)]
        spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
        strongest = np.fft.rfftfreq(len(heard), 1 / RATE)[spectrum.argmax()]
        assert strongest == pytest.approx(pitch(start + second), abs=3)


def test_only_the_wanted_seconds_are_fetched_and_they_are_the_right_ones(serve, video, fetch):
    server = serve({"/a.mp4": Page(video)})
    outcome, path = fetch(server.url("/a.mp4"))
    assert_right(outcome, path)
    # Three of sixty seconds, the two before them back to a key frame, and the index.
    assert server.range_bytes["/a.mp4"] < 0.25 * len(video)
    assert outcome.megabytes == pytest.approx(server.range_bytes["/a.mp4"] / 1e6, abs=0.001)
    assert path.stat().st_size < 0.15 * len(video)
    with av.open(str(path)) as container:
        keys = [packet.is_keyframe for packet in container.demux(video=0) if packet.size]
    assert keys[:25] == [True] + 19 * [False] + [True] + 4 * [False], "from a key frame on, nothing encoded again"
    assert outcome.begins_s == pytest.approx(30.0, abs=0.01)
    with av.open(str(path)) as container:
        first = next(container.demux(audio=0))
    assert 30.7 < outcome.begins_s + float(first.pts * first.time_base) < 31.0, "no more sound than a decoder needs"


@pytest.mark.parametrize(("start", "end"), [(0.0, 2.0), (20.0, 22.0), (57.0, 60.0)])
def test_any_place_of_the_video(serve, video, fetch, start, end):
    outcome, path = fetch(serve({"/a.mp4": Page(video)}).url("/a.mp4"), start, end)
    assert_right(outcome, path, start, end)


def test_the_same_clip_is_the_same_file(serve, video, fetch):
    url = serve({"/a.mp4": Page(video)}).url("/a.mp4")
    assert fetch(url)[1].read_bytes() == fetch(url)[1].read_bytes()


@pytest.mark.parametrize(
    ("suffix", "kind", "picture"),
    [("mkv", "x-matroska", "mpeg4"), ("mov", "quicktime", "libx264"), ("avi", "x-msvideo", "mpeg4")],
    ids=lambda value: value,
)
def test_other_containers(serve, fetch, tmp_path, suffix, kind, picture):
    page = Page(write_video(tmp_path / f"a.{suffix}", seconds=36, picture=picture), kind=f"video/{kind}")
    assert_right(*fetch(serve({"/a": page}).url("/a")))


def test_a_container_without_an_index(serve, fetch, tmp_path):
    page = Page(write_video(tmp_path / "a.mkv", seconds=36, options={"live": "1"}), kind="video/x-matroska")
    assert_right(*fetch(serve({"/a": page}).url("/a")))


def test_a_server_without_ranges_is_read_through(serve, video, fetch):
    outcome, path = fetch(serve({"/a.mp4": Page(video, ranges=False)}).url("/a.mp4"))
    assert_right(outcome, path)


def test_a_server_without_ranges_is_read_only_so_far(serve, video, fetch):
    outcome, path = fetch(serve({"/a.mp4": Page(video, ranges=False)}).url("/a.mp4"), clip_megabytes=1.0)
    assert outcome.reason == Reason.NO_FORMAT
    assert "downloads.clip_megabytes" in outcome.detail
    assert not path.exists()


def test_a_server_may_give_less_than_was_asked_for(serve, video, fetch):
    assert_right(*fetch(serve({"/a.mp4": Page(video, most=50_000)}).url("/a.mp4")))


def test_redirects_are_followed(serve, video, fetch):
    server = serve({"/old": Page(status=302, headers={"Location": "/a.mp4"}), "/a.mp4": Page(video)})
    assert_right(*fetch(server.url("/old")))


@pytest.mark.parametrize(
    ("picture", "sound"),
    [
        (("mpeg4", "mp4"), ("aac", "mp4")),
        (("libx264", "mp4"), ("libopus", "webm")),
        (("libvpx-vp9", "webm"), ("aac", "mp4")),
    ],
    ids=["mpeg4 and aac", "h264 and opus", "vp9 and aac"],
)
def test_picture_and_sound_in_two_files(serve, fetch, tmp_path, picture, sound):
    manifest = """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT60S">
    <Period><AdaptationSet mimeType="video/mp4">
    <Representation id="small" bandwidth="300000" width="128" height="96" codecs="mp4v">
      <BaseURL>picture.mp4</BaseURL></Representation>
    <Representation id="large" bandwidth="900000" width="3840" height="2160" codecs="mp4v">
      <BaseURL>large.mp4</BaseURL></Representation></AdaptationSet>
    <AdaptationSet mimeType="audio/mp4"><Representation id="sound" bandwidth="64000" codecs="mp4a.40.2">
      <BaseURL>sound.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>"""
    server = serve(
        {
            "/a.mpd": Page(manifest.encode(), kind="application/dash+xml"),
            "/picture.mp4": Page(
                write_video(
                    tmp_path / f"p.{picture[1]}",
                    picture=picture[0],
                    sound=None,
                    seconds=36,
                    options=FRAGMENTS[picture[1]],
                )
            ),
            "/sound.mp4": Page(
                write_video(
                    tmp_path / f"s.{sound[1]}", picture=None, sound=sound[0], seconds=36, options=FRAGMENTS[sound[1]]
                )
            ),
        }
    )
    assert_right(*fetch(server.url("/a.mpd")))
    assert server.count("/large.mp4", ranges=True) == 0  # more lines than downloads.height


@pytest.mark.parametrize(
    "page",
    [
        Page(status=503, first=2),
        Page(status=503, first=2, skip=1),
        Page(status=429, headers={"Retry-After": "1"}, first=1),
        Page(cut_after=40_000, first=2, skip=1),
        Page(cut_after=100, first=1, skip=3),
        Page(stall_s=3.0, first=1, skip=1),
    ],
    ids=["busy", "busy later", "asked to wait", "cut off", "cut off later", "stalled"],
)
@pytest.mark.parametrize("ranges", [True, False])
def test_what_passes_is_waited_for(serve, video, fetch, page, ranges):
    page.body, page.ranges = video, ranges
    began = time.monotonic()
    assert_right(*fetch(serve({"/a.mp4": page}).url("/a.mp4")))
    assert not page.headers or time.monotonic() - began >= 1.0


@pytest.mark.parametrize(
    ("page", "reason", "requests"),
    [
        (Page(status=404), Reason.GONE, 1),
        (Page(status=410), Reason.GONE, 1),
        (Page(status=403), Reason.BLOCKED, 1),
        (Page(status=451), Reason.BLOCKED, 1),
        (Page(status=500), Reason.UNREACHABLE, 3),
        (Page(status=429), Reason.UNREACHABLE, 3),
        (Page(status=429, headers={"Retry-After": "3600"}), Reason.UNREACHABLE, 1),
        (Page(status=302, headers={"Location": "/a.mp4"}), Reason.UNREACHABLE, None),
        (Page(b"#EXTM3U\n#EXTINF:3,\n/b.ts\n#EXT-X-ENDLIST\n", kind="application/x-mpegurl"), Reason.NO_FORMAT, None),
        (Page(b"<html><title>Hello</title></html>", kind="text/html"), Reason.NO_FORMAT, 1),
        (Page(bytes(200_000)), Reason.NOT_MEDIA, None),
        (Page(b"ffconcat version 1.0\nfile /etc/passwd\n"), Reason.NOT_MEDIA, None),
        (Page(b""), Reason.NOT_MEDIA, None),
    ],
    ids=lambda value: f"{value.status} {value.kind}" if isinstance(value, Page) else str(value),
)
def test_what_does_not_pass_has_a_reason(serve, fetch, page, reason, requests):
    server = serve({"/a.mp4": page})
    outcome, path = fetch(server.url("/a.mp4"))
    assert outcome.reason == reason
    assert outcome.detail
    assert requests is None or len(server.requests) == requests
    assert not path.exists()


def test_nobody_listens(serve, fetch):
    server = serve({})
    url = server.url("/a.mp4")
    server.close()
    assert fetch(url)[0].reason == Reason.UNREACHABLE


def test_other_extractors_are_not_used(serve, video, fetch):
    url = serve({"/a.mp4": Page(video)}).url("/a.mp4")
    assert fetch(url, extractors=["youtube"])[0].reason == Reason.NO_FORMAT


@pytest.mark.parametrize(
    ("streams", "reason"), [({"sound": None}, Reason.NO_AUDIO), ({"picture": None}, Reason.NO_VIDEO)]
)
def test_a_missing_stream_has_a_reason(serve, fetch, tmp_path, streams, reason):
    body = write_video(tmp_path / "a.mp4", seconds=5, **streams)
    assert fetch(serve({"/a.mp4": Page(body)}).url("/a.mp4"), 1.0, 3.0)[0].reason == reason


@pytest.mark.parametrize("start", [60.5, 100.0])
def test_a_clip_after_the_end_has_a_reason(serve, video, fetch, start):
    outcome, _ = fetch(serve({"/a.mp4": Page(video)}).url("/a.mp4"), start, start + 3)
    assert outcome.reason == Reason.TOO_SHORT


def test_clips_of_one_video_are_looked_up_once(serve, video, settings, tmp_path):
    server = serve({"/a.mp4": Page(video)})
    fetcher = Fetcher(settings, "seed")
    for start in (10.0, 40.0, 25.0, 80.0, 30.0):
        fetcher.fetch(server.url("/a.mp4"), start, start + 2, tmp_path / f"{start}.mkv")
    fetcher.close()
    assert server.count("/a.mp4", ranges=False) == 1
    assert [(tmp_path / f"{start}.mkv").exists() for start in (10.0, 40.0, 25.0, 80.0, 30.0)] == [1, 1, 1, 0, 1]


def test_a_video_that_is_gone_is_asked_for_once(serve, settings, tmp_path):
    server = serve({})
    fetcher = Fetcher(settings, "seed")
    outcomes = [fetcher.fetch(server.url("/a.mp4"), start, start + 2, tmp_path / "a.mkv") for start in (1.0, 5.0)]
    fetcher.close()
    assert {outcome.reason for outcome in outcomes} == {Reason.GONE}
    assert len(server.requests) == 1


def test_addresses_that_have_grown_old_are_looked_up_again(serve, video, settings, tmp_path):
    server = serve({"/a.mp4": Page(video)})
    fetcher = Fetcher(settings, "seed")
    fetcher.fetch(server.url("/a.mp4"), 10.0, 12.0, tmp_path / "a.mkv")
    asked = len(server.requests)
    server.pages["/a.mp4"] = Page(video, status=403, skip=asked, first=1)
    outcome = fetcher.fetch(server.url("/a.mp4"), 40.0, 42.0, tmp_path / "b.mkv")
    fetcher.close()
    assert_right(outcome, tmp_path / "b.mkv", 40.0, 42.0)
    assert server.count("/a.mp4", ranges=False) == 2


def test_no_more_bytes_come_in_a_second_than_may(serve, video, fetch):
    server = serve({"/a.mp4": Page(video)})
    began = time.monotonic()
    outcome, _ = fetch(server.url("/a.mp4"), bytes_per_second=500_000)
    assert time.monotonic() - began >= outcome.megabytes / 0.5


def test_look_ups_keep_their_distance(serve, video, settings, tmp_path):
    server = serve({f"/{number}.mp4": Page(video) for number in range(3)} | {"/busy": Page(status=503)})
    fetcher = Fetcher(settings.model_copy(update={"pause_seconds": 0.3, "tries": 2}), "seed")
    began = time.monotonic()
    for path in ("/0.mp4", "/1.mp4", "/busy", "/2.mp4"):  # five look-ups
        fetcher.fetch(server.url(path), 1.0, 2.0, tmp_path / "a.mkv")
    fetcher.close()
    assert time.monotonic() - began >= 4 * 0.3


def test_a_clip_may_not_take_for_ever(serve, video, fetch):
    began = time.monotonic()
    outcome, _ = fetch(serve({"/a.mp4": Page(video)}).url("/a.mp4"), bytes_per_second=50_000, clip_seconds=1.5)
    assert outcome.reason == Reason.UNREACHABLE
    assert "downloads.clip_seconds" in outcome.detail
    assert time.monotonic() - began < 4
