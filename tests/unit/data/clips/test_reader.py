"""The reading process: it may stall, swell or die, and the next clip is read all the same."""

import contextlib
import json
import multiprocessing
import signal
import sys
import threading
import time

import numpy as np
import psutil
import pytest
from PIL import Image

from speech2face.base.images import encode_jpeg
from speech2face.base.status import Reason, Rejected
from speech2face.data.clips import reader as reader_module
from speech2face.data.clips.media import read_media
from speech2face.data.clips.reader import ClipReader
from speech2face.data.clips.worker import Task
from tests.unit.data.clips.made_media import SETTINGS, Pictures, Sounds, write_media


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return write_media(tmp_path_factory.mktemp("video") / "a.mp4", Pictures(), Sounds())


@pytest.fixture
def task(video):
    return Task(path=str(video), picture=None, start_s=0.0, seconds=6.0)


def process_of(reader):
    return psutil.Process(reader._process.pid)


def assert_reads(reader, task):
    assert len(reader.read(task).frames) == SETTINGS.frames


def rejection(reader, task):
    with pytest.raises(Rejected) as rejected:
        reader.read(task)
    return rejected.value


@pytest.fixture(scope="module")
def kept():
    """A reader for tests that do its process no harm."""
    with ClipReader(SETTINGS) as reader:
        yield reader


def test_it_gives_what_reading_here_gives(video, task, kept):
    with video.open("rb") as file:
        here = read_media(file, start_s=0.0, seconds=6.0, settings=SETTINGS)
    for reading in (kept.read(task), kept.read(Task(**(vars(task) | {"path": ""})), video.read_bytes())):
        assert reading.sound.dtype == np.int16
        assert (reading.sound == here.sound).all()
        assert reading.times == here.times
        assert reading.frames == [encode_jpeg(frame, halve_colour=True) for frame in here.frames]


def test_rejections_come_through(tmp_path, task, kept):
    (tmp_path / "notes.txt").write_text("not a video")
    assert_reads(kept, task)
    first = kept._process
    rejected = rejection(kept, Task(**(vars(task) | {"path": str(tmp_path / "notes.txt")})))
    assert rejected.reason == Reason.NOT_MEDIA
    assert rejected.detail.startswith(Reason.NOT_MEDIA.meaning)
    assert_reads(kept, task)
    assert kept._process is first


def test_a_picture_beside_a_recording_is_its_one_frame(tmp_path, task, kept):
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "face.png")
    reading = kept.read(Task(**(vars(task) | {"picture": str(tmp_path / "face.png")})))
    # With all its colour, which a video has not.
    assert (reading.frames, reading.times) == ([encode_jpeg(picture)], [0.0])


def test_a_process_that_stalls_is_given_up(task):
    settings = SETTINGS.model_copy(update={"timeout_seconds": 2.0})
    with ClipReader(settings) as reader:
        assert_reads(reader, task)
        stalled = process_of(reader)
        stalled.suspend()
        started = time.monotonic()
        rejected = rejection(reader, task)
        assert (rejected.reason, rejected.detail) == (
            Reason.TOO_SLOW,
            "Reading was given up after clips.timeout_seconds, 2 s.",
        )
        assert 2 <= time.monotonic() - started < 10
        assert not stalled.is_running()
        assert_reads(reader, task)


def test_a_process_that_is_left_alone_with_a_clip_ends_itself(task):
    """As after a kill of the reader in the middle of a file that never ends."""
    with ClipReader(SETTINGS.model_copy(update={"timeout_seconds": 1.0})) as reader:
        assert_reads(reader, task)
        reader._connection.send_bytes(json.dumps(vars(task)).encode())
        assert reader._process is not None
        assert reader._process.wait(10) == -signal.SIGALRM


def test_a_crash_is_a_reason_and_the_next_clip_is_read(task):
    with ClipReader(SETTINGS) as reader:
        for ending in (signal.SIGSEGV, signal.SIGKILL):
            assert_reads(reader, task)
            dying = process_of(reader)
            dying.suspend()

            def end(dying=dying, ending=ending):
                dying.send_signal(ending)
                dying.resume()

            timer = threading.Timer(0.3, end)
            timer.start()
            rejected = rejection(reader, task)
            timer.join()
            assert (rejected.reason, rejected.detail) == (
                Reason.CRASHED,
                f"{Reason.CRASHED.meaning} ({ending.name})",
            )
        assert_reads(reader, task)
        # One that dies between two clips costs none.
        process_of(reader).kill()
        reader._process.wait(10)
        assert_reads(reader, task)


def test_an_error_that_nobody_thought_of_is_a_crash(task):
    with ClipReader(SETTINGS) as reader:
        rejected = rejection(reader, Task(**(vars(task) | {"seconds": float("nan")})))
        assert rejected.detail.endswith("(exit code 1)")
        assert_reads(reader, task)


@pytest.mark.parametrize(
    "messages",
    [
        [b"{"],
        [b"[]"],
        [b'{"reason": "none of them", "detail": ""}'],
        [b'{"reason": "", "times": ["a"]}'],
        [b'{"reason": "", "times": [0, 0, 0, 0, 0, 0, 0, 0]}'],
        [b'{"reason": "", "times": []}', b"odd"],
        [b" " * (SETTINGS.memory_mb * 2**20 + 1)],
    ],
    ids=["no JSON", "no object", "reason", "times", "too many", "sound", "too long"],
)
def test_a_process_that_was_taken_over_cannot_deceive_the_reader(task, messages, monkeypatch):
    with ClipReader(SETTINGS) as reader:
        assert_reads(reader, task)
        mine, theirs = multiprocessing.Pipe()
        monkeypatch.setattr(reader, "_connection", mine)
        monkeypatch.setattr(reader, "_send_file", lambda file: None)

        def send():
            with contextlib.suppress(OSError):
                for message in messages:
                    theirs.send_bytes(message)

        sender = threading.Thread(target=send)
        sender.start()
        assert rejection(reader, task).reason == Reason.CRASHED
        with contextlib.suppress(OSError):
            mine.close()
        sender.join(10)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit the memory of a process")
def test_a_bomb_does_not_take_the_memory(tmp_path, task):
    Image.new("RGB", (5900, 5900)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 300_000
    bomb = Task(**(vars(task) | {"picture": str(tmp_path / "bomb.png")}))
    with ClipReader(SETTINGS.model_copy(update={"memory_mb": 100})) as reader:
        rejected = rejection(reader, bomb)
        assert (rejected.reason, rejected.detail) == (
            Reason.TOO_LARGE,
            "Reading takes more memory than clips.memory_mb, 100 MB.",
        )
        assert_reads(reader, task)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say how much memory a process holds")
def test_a_process_that_has_grown_is_replaced(task, monkeypatch):
    with ClipReader(SETTINGS) as reader:
        assert_reads(reader, task)
        first = process_of(reader).pid
        assert_reads(reader, task)
        assert process_of(reader).pid == first
        monkeypatch.setattr(reader_module, "_GROWTH_MB", -1)
        assert_reads(reader, task)
        assert_reads(reader, task)
        assert not psutil.pid_exists(first)


def test_nothing_is_left_running(task):
    with ClipReader(SETTINGS) as reader:
        assert_reads(reader, task)
        process = process_of(reader)
    assert not process.is_running()


def test_a_process_that_cannot_start_is_no_fault_of_the_clips(task, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with ClipReader(SETTINGS) as reader, pytest.raises(RuntimeError, match="does not start"):
        reader.read(task)
