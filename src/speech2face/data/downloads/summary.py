"""Counts of the clips of a list: fetched, failed, and why."""

import csv
import io
import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from speech2face.base.files import write_json, write_text
from speech2face.base.shards import shard_names
from speech2face.base.status import Reason


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Outcomes of the clips of one shard, or of all."""

    attempt: int
    listed: int
    there: int
    reasons: dict[str, int]
    """Number of failed clips by reason code."""
    megabytes: float
    """Bytes read over the network for the fetched clips."""

    @property
    def unreachable(self) -> int:
        """Number of clips that the next run tries again."""
        return self.reasons.get(Reason.UNREACHABLE, 0)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        write_json(path, asdict(self))

    @classmethod
    def read(cls, path: Path) -> "Summary":
        """What `write` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


def attempt_of(path: Path) -> int:
    """The number of the next attempt at a shard, from the summary of the last one.

    The workflow passes it to the rule as a parameter. It increases while clips of the shard were unreachable, which
    makes Snakemake run the shard again; otherwise it stays.
    """
    if not path.is_file():
        return 1
    last = Summary.read(path)
    return last.attempt + bool(last.unreachable)


def summarise_downloads(*, folder: Path, shards: int, summary: Path, table: Path) -> None:
    """Add up the summaries of all shards, as JSON, as a table with a line for each reason, and as one line of text.

    Args:
        folder: holds the summary of each shard; a command line has no room for the names of thousands.
        shards: number of shards.
        summary: JSON file to write.
        table: CSV file to write.
    """
    parts = [Summary.read(folder / f"{name}.json") for name in shard_names(shards)]
    reasons = Counter[str]()
    for part in parts:
        reasons.update(part.reasons)
    whole = Summary(
        attempt=max(part.attempt for part in parts),
        listed=sum(part.listed for part in parts),
        there=sum(part.there for part in parts),
        reasons=dict(reasons),
        megabytes=round(sum(part.megabytes for part in parts), 3),
    )
    whole.write(summary)
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["outcome", "clips", "percent", "meaning"])
    writer.writerow(["there", whole.there, _percent(whole.there, whole.listed), "The clip is on the disk."])
    for reason, count in reasons.most_common():
        writer.writerow([reason, count, _percent(count, whole.listed), Reason(reason).meaning])
    write_text(table, lines.getvalue())
    print(in_words(whole))


def in_words(whole: Summary) -> str:
    """The summary as a line of text."""
    kept_away = ", ".join(f"{count} {reason}" for reason, count in Counter(whole.reasons).most_common())
    again = " Run again to try those that were unreachable." if whole.unreachable else ""
    return (
        f"{whole.there} of {whole.listed} clips ({_percent(whole.there, whole.listed)} %) are there"
        f"{f'; {kept_away}' if kept_away else ''}.{again}"
    )


def _percent(count: int, of: int) -> str:
    return f"{100 * count / of if of else 0:.1f}"
