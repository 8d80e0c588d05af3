"""The downloads phase: from a shard of a list of segments to the same shard with local files.

Existing clips are not fetched again, and neither are clips that failed for a final reason, unless `downloads.retry`
names it; unreachable clips are tried in every run.
"""

import importlib.util
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from speech2face.base.interruption import Interrupted, Termination
from speech2face.base.progress import progress
from speech2face.base.shards import iter_rows, read_shard, write_shard
from speech2face.base.status import Reason
from speech2face.config import Downloads
from speech2face.data.downloads.ledger import Ledger, Outcome
from speech2face.data.downloads.summary import Summary
from speech2face.data.downloads.worker import Worker
from speech2face.data.sources.manifest import MANIFEST, Row


def download_clips(*, manifest: Path, output: Path, summary: Path, settings: Downloads, attempt: int) -> None:
    """Fetch what is not there yet of the clips of a manifest, and write a manifest that names the files.

    Its rows are those of `manifest` in the same order. A clip that could not be had keeps its row, with the reason.

    Args:
        manifest: manifest of the shard.
        output: manifest to write, with the files.
        summary: JSON file to write, with the number of clips by outcome.
        settings: config section `downloads`.
        attempt: how often the shard was done; goes into the summary, from where the workflow reads it.

    Raises:
        Interrupted: asked to stop, or the service does not answer; what was fetched is kept.
        RuntimeError: yt-dlp is not installed.
        OSError: the disk is full or cannot be written; what was fetched is kept.
    """
    if importlib.util.find_spec("yt_dlp") is None:
        raise RuntimeError("Downloads need yt-dlp, which is not installed: pip install 'speech2face[download]'.")
    ledgers: dict[str, Ledger] = {}
    clips = [_Clip.of(row, ledgers, settings) for row in iter_rows(read_shard(manifest))]
    done = 0
    with Termination() as termination, Worker(settings, manifest.stem) as worker:
        quiet = _Quiet(settings)
        try:
            for clip in progress(_by_video(clips), what="downloads", unit="clip"):
                if termination.requested:
                    raise Interrupted(_stopped("it was asked to stop", done, len(clips)))
                if clip.is_open(settings):
                    clip.ledger.record(clip.start_s, clip.end_s, clip.fetch(worker))
                    quiet.listen(clip.row["video"], clip.outcome)
                done += 1
        except KeyboardInterrupt:
            raise Interrupted(_stopped("it was interrupted", done, len(clips))) from None
        except _TooQuiet as error:
            raise Interrupted(_stopped(str(error), done, len(clips))) from None
    write_shard(output, MANIFEST, _found(clips))
    counted = Counter(clip.outcome.reason for clip in clips)
    Summary(
        attempt=attempt,
        listed=len(clips),
        there=counted.pop(None, 0),
        reasons={str(reason): count for reason, count in counted.items()},
        megabytes=round(sum(clip.outcome.megabytes for clip in clips), 3),
    ).write(summary)


@dataclass(frozen=True, kw_only=True)
class _Clip:
    """A row of the list, the segment that is fetched of it, and the file of its outcome."""

    row: Row
    ledger: Ledger
    start_s: float
    end_s: float

    @classmethod
    def of(cls, row: Row, ledgers: dict[str, Ledger], settings: Downloads) -> "_Clip":
        video = row["clip_id"].rpartition("#")[0]
        if video not in ledgers:
            ledgers[video] = Ledger(Path(settings.folder), video)
        end = min(row["end_s"], row["start_s"] + settings.seconds)
        return cls(row=row, ledger=ledgers[video], start_s=row["start_s"], end_s=end)

    @property
    def path(self) -> Path:
        return self.ledger.clip(self.start_s, self.end_s)

    @property
    def outcome(self) -> Outcome:
        outcome = self.ledger.outcome(self.start_s, self.end_s)
        if outcome is None:
            raise ValueError(f"{self.path} was there and is not any more; run again.")
        return outcome

    def is_open(self, settings: Downloads) -> bool:
        """Whether the clip is to be tried in this run."""
        known = self.ledger.outcome(self.start_s, self.end_s)
        return known is None or known.reason == Reason.UNREACHABLE or known.reason in settings.retry

    def fetch(self, worker: Worker) -> Outcome:
        return worker.fetch(self.row["video"], self.start_s, self.end_s, self.path)


def _by_video(clips: Sequence[_Clip]) -> list[_Clip]:
    """Clips grouped by video, by start; videos in the order of their first clips."""
    first: dict[str, int] = {}
    for clip in clips:
        first.setdefault(clip.row["video"], len(first))
    return sorted(clips, key=lambda clip: (first[clip.row["video"]], clip.start_s))


def _found(clips: Sequence[_Clip]) -> Iterator[Row]:
    """The manifest of the local files, with times from the beginning of each file."""
    seen: Counter[str] = Counter()
    for clip in clips:
        outcome, row = clip.outcome, clip.row
        # A list may have a segment twice, with two people in the picture.
        seen[row["clip_id"]] += 1
        if seen[row["clip_id"]] > 1:
            row = row | {"clip_id": f"{row['clip_id']}/{seen[row['clip_id']]}"}
        if outcome.reason is not None:
            yield row | {"reason": outcome.reason.value, "detail": outcome.detail}
        else:
            start, end = clip.start_s - outcome.begins_s, clip.end_s - outcome.begins_s
            yield row | {"video": str(clip.path), "start_s": round(start, 6), "end_s": round(end, 6)}


class _TooQuiet(Exception):
    """Too many videos in a row were unreachable, so the service or the network is the cause."""


class _Quiet:
    def __init__(self, settings: Downloads) -> None:
        self._most = settings.unreachable_in_a_row
        self._videos: set[str] = set()

    def listen(self, video: str, outcome: Outcome) -> None:
        if outcome.reason != Reason.UNREACHABLE:
            self._videos.clear()
            return
        self._videos.add(video)
        if len(self._videos) >= self._most:
            raise _TooQuiet(f"{self._most} videos in a row could not be reached (the last one: {outcome.detail})")


def _stopped(why: str, done: int, of: int) -> str:
    return f"The download stopped: {why}. {done} of {of} clips of this shard are done; the next run goes on there."
