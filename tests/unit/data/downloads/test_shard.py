"""A shard of a list in, files and a manifest out: once, again, interrupted, on a full disk. Takes half a minute."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from speech2face.base.files import part_folder
from speech2face.base.interruption import Interrupted
from speech2face.base.shards import read_shard, write_shard
from speech2face.data.downloads.ledger import Ledger
from speech2face.data.downloads.shard import download_clips
from speech2face.data.downloads.summary import Summary, attempt_of, in_words, summarise_downloads
from speech2face.data.sources.listing import part_of
from speech2face.data.sources.manifest import MANIFEST
from tests.unit.data.downloads.hearing import look_and_listen
from tests.unit.data.downloads.server import Page, brightness, wait_for


def listed(server, path, start, end=None):
    """A row as the segments source gives it, and where it stands in the video."""
    return {
        "clip_id": part_of(path, start),
        "video": server.url(path),
        "start_s": start,
        "end_s": start + 3 if end is None else end,
        "speaker_id": path,
        "face_x": 0.25,
    }


@pytest.fixture
def download(tmp_path, settings):
    """Download rows, with changes of the settings; rows of the written manifest, and the summary."""

    def run(rows, attempt=1, **changes):
        write_shard(tmp_path / "00.arrow", MANIFEST, rows)
        files = {"output": tmp_path / "out" / "00.arrow", "summary": tmp_path / "out" / "00.json"}
        download_clips(
            manifest=tmp_path / "00.arrow", settings=settings.model_copy(update=changes), attempt=attempt, **files
        )
        return read_shard(files["output"]).to_pylist(), Summary.read(files["summary"])

    return run


def test_a_list_is_fetched_once_and_what_is_gone_stays_gone_until_asked(serve, video, download, tmp_path):
    server = serve(
        {
            "/a": Page(video),
            "/busy": Page(status=503),
            "/shut": Page(status=403),
        }
    )
    rows = [
        listed(server, "/a", 40.0),
        listed(server, "/gone", 1.0),
        listed(server, "/a", 12.5),
        listed(server, "/busy", 1.0),
        listed(server, "/shut", 1.0),
        listed(server, "/a", 12.5),
    ]
    found, summary = download(rows)
    assert [row["reason"] for row in found] == [None, "gone", None, "unreachable", "blocked", None]
    assert [row["clip_id"] for row in found] == ["/a#40", "/gone#1", "/a#12.5", "/busy#1", "/shut#1", "/a#12.5/2"]
    assert all(row["face_x"] == 0.25 and row["speaker_id"] for row in found)
    for row, start in ((found[0], 40.0), (found[2], 12.5)):
        assert row["end_s"] - row["start_s"] == pytest.approx(3.0)
        times, levels, _ = look_and_listen(Path(row["video"]), row["start_s"], 3.0)
        assert len(times) == 30
        assert levels == [pytest.approx(brightness(start + moment), abs=1.5) for moment in times]
    assert summary == Summary(
        attempt=1,
        listed=6,
        there=3,
        reasons={"gone": 1, "blocked": 1, "unreachable": 1},
        megabytes=pytest.approx(summary.megabytes),
    )
    assert server.count("/a", ranges=False) == 1

    asked = len(server.requests)
    server.pages["/busy"] = Page(video)
    again, summary = download(rows, attempt=2)
    assert {path for path, _ in server.requests[asked:]} == {"/busy"}
    assert [row["reason"] for row in again] == [None, "gone", None, None, "blocked", None]
    assert (summary.there, summary.unreachable) == (4, 0)

    asked = len(server.requests)
    assert download(rows)[0] == again
    assert len(server.requests) == asked

    server.pages |= {"/gone": Page(video), "/shut": Page(video)}
    assert [row["reason"] for row in download(rows, retry=["gone"])[0]] == [None, None, None, None, "blocked", None]
    assert {path for path, _ in server.requests[asked:]} == {"/gone"}

    Path(found[0]["video"]).unlink()
    assert download(rows)[0][0]["reason"] is None
    assert Path(found[0]["video"]).is_file()


def test_only_the_first_seconds_of_a_long_clip_are_fetched(serve, video, download):
    server = serve({"/a": Page(video)})
    [row], _ = download([listed(server, "/a", 10.0, 50.0)], seconds=2.0)
    assert row["end_s"] - row["start_s"] == pytest.approx(2.0)
    assert server.range_bytes["/a"] < 0.3 * len(video)


def test_a_service_that_does_not_answer_gets_a_rest(serve, video, download, settings):
    server = serve({f"/{number}": Page(status=503) for number in range(9)} | {"/a": Page(video)})
    rows = [listed(server, path, 1.0) for path in ("/0", "/a", *(f"/{number}" for number in range(1, 9)))]
    with pytest.raises(Interrupted, match=r"3 videos in a row .* 503: .*\. 4 of 10 clips"):
        download(rows, unreachable_in_a_row=3, tries=1)
    assert {path for path, _ in server.requests} == {"/0", "/a", "/1", "/2", "/3"}
    assert len(list(Path(settings.folder).rglob("*.mkv"))) == 1, "what was fetched is kept"


def test_a_process_that_dies_or_hangs_is_replaced(serve, video, download, settings):
    server = serve({"/a": Page(video), "/b": Page(video, stall_s=60.0), "/c": Page(video, stall_s=60.0)})
    killed = []
    # As left by a run all processes of which were killed.
    part_folder(Ledger(Path(settings.folder), "/a").clip(1.0, 4.0), 4711).mkdir(parents=True)

    def kill_the_first_that_stalls():
        wait_for(lambda: server.count("/b", ranges=True) > 0)
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, text=True)
        for pid in map(int, children.stdout.split()):
            command = Path(f"/proc/{pid}/cmdline")
            if command.exists() and b"speech2face.data.downloads.worker" in command.read_bytes():
                # As if it had just been writing.
                path = Ledger(Path(settings.folder), "/b").clip(1.0, 4.0)
                part_folder(path, pid).mkdir(parents=True)
                (part_folder(path, pid) / path.name).touch()
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    killer = threading.Thread(target=kill_the_first_that_stalls)
    killer.start()
    # A server may be silent for long here, so that only the clip's own limit ends the wait.
    rows = [listed(server, "/b", 1.0), listed(server, "/c", 1.0), listed(server, "/a", 1.0)]
    found, _ = download(rows, timeout_seconds=60.0, clip_seconds=2.0)
    killer.join()
    assert len(killed) == 1
    assert [row["reason"] for row in found] == ["crashed", "unreachable", None]
    assert not list(Path(settings.folder).rglob("*.part"))


def command(tmp_path, settings, rows):
    """The command line that downloads rows."""
    write_shard(tmp_path / "00.arrow", MANIFEST, rows)
    arguments = ["--manifest", "00.arrow", "--output", "out.arrow", "--summary", "out.json", "--attempt", "1"]
    given = ["--settings", settings.model_dump_json()]
    return [sys.executable, "-m", "speech2face.cli", "download-clips", *arguments, *given]


@pytest.mark.parametrize(("number", "words"), [(signal.SIGTERM, "asked to stop"), (signal.SIGINT, "interrupted")])
def test_asked_to_stop_it_stops_between_clips(serve, video, settings, tmp_path, number, words):
    server = serve({"/a": Page(video)})
    rows = [listed(server, "/a", float(start), start + 1.0) for start in range(50)]
    slow = settings.model_copy(update={"bytes_per_second": 1e6})
    # A session of its own: the signal goes to all of its processes, as from a terminal. Where the tests themselves run
    # in the background of a shell, an interrupt would be ignored.
    with subprocess.Popen(
        command(tmp_path, slow, rows),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        wait_for(lambda: len(list(Path(settings.folder).glob("*/*/*.mkv"))) >= 2, seconds=60)
        os.killpg(process.pid, number)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == os.EX_TEMPFAIL, told
    assert f"speech2face: The download stopped: it was {words}" in told
    assert "Traceback" not in told
    there = {path.stem for path in Path(settings.folder).rglob("*.mkv")}
    assert 2 <= len(there) < 50
    assert not (tmp_path / "out.arrow").exists()
    assert not [path for path in Path(settings.folder).rglob("*") if path.name.endswith(".part")]
    [record] = Path(settings.folder).rglob("outcomes.json")
    # The last file may have come in the moment of the signal; it is fetched again then.
    known = set(json.loads(record.read_text()))
    assert known <= there
    assert len(there - known) <= 1


@pytest.mark.parametrize("ranges", [True, False])
def test_a_full_disk_is_one_clear_sentence(serve, video, settings, tmp_path, ranges):
    """A limit on the size of files stands for the disk: the system says no in the same place."""
    rows = [listed(serve({"/a": Page(video, ranges=ranges)}), "/a", 1.0)]
    done = subprocess.run(
        command(tmp_path, settings, rows),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    assert done.returncode == 1
    assert "speech2face: " in done.stderr
    assert ".mkv would be larger than a file may be here." in done.stderr
    assert "Traceback" not in done.stderr
    assert not [path for path in Path(settings.folder).rglob("*") if path.is_file()]
    assert not (tmp_path / "out.arrow").exists()


def test_an_attempt_follows_as_long_as_something_was_not_reached(tmp_path):
    path = tmp_path / "00.json"
    assert attempt_of(path) == 1
    Summary(attempt=1, listed=3, there=2, reasons={"unreachable": 1}, megabytes=1.0).write(path)
    assert attempt_of(path) == 2
    Summary(attempt=2, listed=3, there=2, reasons={"gone": 1}, megabytes=1.0).write(path)
    assert attempt_of(path) == 2


def test_the_summary_adds_up(tmp_path, capsys):
    Summary(attempt=1, listed=30, there=20, reasons={"unreachable": 1, "gone": 9}, megabytes=1.5).write(
        tmp_path / "00.json"
    )
    Summary(attempt=2, listed=10, there=9, reasons={"gone": 1}, megabytes=0.5).write(tmp_path / "01.json")
    files = {"summary": tmp_path / "summary.json", "table": tmp_path / "summary.csv"}
    summarise_downloads(folder=tmp_path, shards=2, **files)
    whole = Summary.read(files["summary"])
    assert whole == Summary(attempt=2, listed=40, there=29, reasons={"gone": 10, "unreachable": 1}, megabytes=2.0)
    lines = files["table"].read_text().splitlines()
    assert lines[:2] == ["outcome,clips,percent,meaning", "there,29,72.5,The clip is on the disk."]
    assert [line.split(",")[:3] for line in lines[2:]] == [["gone", "10", "25.0"], ["unreachable", "1", "2.5"]]
    words = "29 of 40 clips (72.5 %) are there; 10 gone, 1 unreachable. Run again to try those that were unreachable."
    assert capsys.readouterr().out.strip() == in_words(whole) == words
