"""Damaged files go through the whole phase: none stops it, none makes it wait or swell, each has its row."""

import tarfile
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from speech2face.base.images import decode_image
from speech2face.base.shards import read_shard, write_shard
from speech2face.base.status import Reason
from speech2face.data.clips.cut import cut_clips
from speech2face.data.clips.reader import ClipReader
from speech2face.data.sources.manifest import MANIFEST
from tests.unit.data.clips.damage import damaged, whole_pictures, whole_videos
from tests.unit.data.clips.made_media import SETTINGS

HANG_SECONDS = 30.0
LEAK_MB = 200


class Watch:
    """Notes of every clip how long it took and how much memory is held after it, here and in the reading process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds: list[float] = []
        self.held_mb: list[float] = []
        read = ClipReader.read

        def watched(reader: ClipReader, *arguments: Any) -> Any:
            started = time.monotonic()
            try:
                return read(reader, *arguments)
            finally:
                self.seconds.append(time.monotonic() - started)
                both = [psutil.Process(), *psutil.Process().children()]
                self.held_mb.append(sum(process.memory_info().rss for process in both) / 2**20)

        monkeypatch.setattr(ClipReader, "read", watched)

    @property
    def leaked_mb(self) -> float:
        """Growth since the first clips, after which all that is needed is loaded."""
        return max(self.held_mb) - max(self.held_mb[:20])


def manifest(folder: Path, count: int) -> Path:
    """Damaged files: most lie in the folder, some in an archive, some are the picture beside a good recording."""
    videos, pictures = whole_videos(folder), whole_pictures()
    rows = []
    with tarfile.open(folder / "some.tar", "w") as archive:
        for number in range(count):
            row = {"speaker_id": "s", "start_s": 0.4 * (number % 3 == 2), "video": str(folder / "whole.mp4")}
            is_picture = number % 10 == 9
            name, data = damaged(pictures if is_picture else videos, number // 10 if is_picture else number)
            path = folder / name
            path.write_bytes(data)
            if is_picture:
                row |= {"picture": str(path), "start_s": 0.0}
            elif number % 5 == 4:
                archive.add(path, name)
                row |= {"archive": str(folder / "some.tar"), "video": name}
            else:
                row |= {"video": str(path)}
            rows.append(row | {"clip_id": name})
    write_shard(folder / "manifest.arrow", MANIFEST, rows)
    return folder / "manifest.arrow"


def test_damaged_files_are_used_or_rejected(soak, tmp_path, monkeypatch):
    watch = Watch(monkeypatch)
    with soak("damaged files", small=60, full=1000) as tally:
        given = manifest(tmp_path, tally.count)
        for output in ("first.arrow", "second.arrow"):
            cut_clips(manifest=given, output=tmp_path / output, settings=SETTINGS)
        assert len(watch.seconds) == 2 * tally.count
        assert max(watch.seconds) < HANG_SECONDS
        assert watch.leaked_mb < LEAK_MB
        rows = read_shard(tmp_path / "first.arrow").to_pylist()
        again = read_shard(tmp_path / "second.arrow").to_pylist()
        assert len(rows) == tally.count
        for row, same in zip(rows, again, strict=True):
            tally.check(row == same and is_good(row, tmp_path), f"{row['clip_id']}: {row['reason']} {row['detail']}")
        used = sum(row["status"] == "ok" for row in rows)
        assert 0.2 < used / len(rows) < 0.8, "most are used or most are not: the damage shows little"


def is_good(row: dict, folder: Path) -> bool:
    if row["status"] == "ok":
        return len(row["audio"]) > 0 and all(decode_image(frame).ndim == 3 for frame in row["frames"])
    reason = Reason(row["reason"])
    return reason not in (Reason.TOO_SLOW, Reason.CRASHED) and str(folder) not in row["detail"] != ""


def test_the_whole_files_are_all_used(tmp_path):
    videos = whole_videos(tmp_path)
    common = {"speaker_id": "s", "start_s": 0.0}
    rows = [{"clip_id": kind, "video": str(tmp_path / f"whole.{kind}")} | common for kind in videos]
    for kind, data in whole_pictures().items():
        (tmp_path / kind).write_bytes(data)
        rows.append({"clip_id": kind, "video": rows[0]["video"], "picture": str(tmp_path / kind)} | common)
    write_shard(tmp_path / "manifest.arrow", MANIFEST, rows)
    cut_clips(manifest=tmp_path / "manifest.arrow", output=tmp_path / "clips.arrow", settings=SETTINGS)
    clips = read_shard(tmp_path / "clips.arrow").to_pylist()
    assert {row["clip_id"]: row["reason"] for row in clips} == {row["clip_id"]: "" for row in rows}
    assert len(clips) >= 6 + 5


@pytest.mark.parametrize("number", [0, 7, 999])
def test_damage_is_the_same_each_time(number):
    pictures = whole_pictures()
    assert damaged(pictures, number) == damaged(pictures, number)
    assert damaged(pictures, number)[1] not in pictures.values()
