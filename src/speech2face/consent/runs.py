"""The runs below a results folder, and the data of a speaker in each of them."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from speech2face.base.files import is_part
from speech2face.base.shards import read_shard
from speech2face.consent.rewrite import CLIP, SPEAKER, belongs

INDEX, PENDING_INDEX = "index.arrow", "index.forgetting.arrow"
"""The index of a run, and its name while the shards to which it points are rewritten."""
_COLUMNS = (CLIP, "archive", "video", "picture", "origin")
_DATA = {"sources", "talkers", "clips"}


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run: a folder with its data, models and everything made with the models.

    Attributes:
        inner: folders of other runs below this one, which are not part of it.
    """

    folder: Path
    inner: tuple[Path, ...]

    def files(self) -> list[Path]:
        """Every file of the run in the order of names, without half-written ones."""
        return [path for path in files_below(self.folder, self.inner) if not is_part(path.parent.name)]

    def shards(self) -> list[Path]:
        """The Arrow files with a speaker or clip per row."""
        arrows = [path for path in self.files() if path.suffix == ".arrow"]
        return [path for path in arrows if {CLIP, SPEAKER} & set(read_shard(path).column_names)]

    def leftovers(self) -> list[Path]:
        """Half-written files of killed jobs; they may hold anyone's data."""
        return [path for path in files_below(self.folder, self.inner) if is_part(path.parent.name)]

    def logs(self) -> list[Path]:
        """The logs of the run, beside the results."""
        return files_below(logs_of(self.folder), tuple(logs_of(folder) for folder in self.inner))


@dataclass(frozen=True, kw_only=True)
class SpeakerData:
    """The data of a speaker in a run.

    Attributes:
        clips: ids of the clips.
        shards: Arrow files with rows of the speaker, and the number of rows.
        archives: tar files of the run with videos of the speaker.
        members: names of those videos.
        originals: recordings, pictures and archives that the run only read.
        origins: names of the data sets of the clips.
    """

    run: Run
    speaker: str
    clips: frozenset[str] = frozenset()
    shards: dict[Path, int] = field(default_factory=dict)
    archives: tuple[Path, ...] = ()
    members: frozenset[str] = frozenset()
    originals: tuple[Path, ...] = ()
    origins: frozenset[str] = frozenset()

    @property
    def words(self) -> frozenset[str]:
        """Ids of the speaker and of the clips."""
        return self.clips | {self.speaker}


def find_runs(results: Path) -> list[Run]:
    """The runs below `results`, the outermost first."""
    tables = [path for path in files_below(results) if path.suffix == ".arrow"]
    folders = sorted({path.parent.parent for path in tables if path.parent.name in _DATA})
    return [
        Run(folder=folder, inner=tuple(other for other in folders if folder in other.parents)) for folder in folders
    ]


def survey(run: Run, speaker: str) -> SpeakerData:
    """The data of the speaker in the run.

    Raises:
        ValueError: a shard cannot be read, so that its speakers are unknown.
    """
    shards = run.shards()
    # The rows of each shard are those of its last manifest: a download gives clips other names than the list has.
    ordered = sorted(filter(is_manifest, shards), key=lambda path: path.parent.name == "downloads")
    manifests = {(path.parent.parent, path.name): path for path in ordered}
    rows = [row for path in manifests.values() for row in _own_rows(read_shard(path), speaker)]
    clips = frozenset(row[CLIP] for row in rows)
    counted = {path: pc.sum(belongs(read_shard(path), speaker, clips)).as_py() for path in shards}
    # Members of the run's archives were made by the run; every other file existed before.
    archives = {path.name: path for path in run.files() if path.suffix == ".tar"}
    inside = [row for row in rows if row["archive"] and Path(row["archive"]).name in archives]
    members = {row["video"] for row in inside}
    files = {row["archive"] or row["video"] for row in rows if row["video"] not in members}
    files |= {row["picture"] for row in rows}
    return SpeakerData(
        run=run,
        speaker=speaker,
        clips=clips,
        shards={path: count for path, count in counted.items() if count},
        archives=tuple(sorted({archives[Path(row["archive"]).name] for row in inside})),
        members=frozenset(members),
        originals=tuple(Path(name) for name in sorted(filter(None, files))),
        origins=frozenset(row["origin"] for row in rows if row["origin"]),
    )


def is_manifest(path: Path) -> bool:
    """Whether a shard says which clips or portraits exist and whose they are: such shards are rewritten last."""
    return "picture" in read_shard(path).column_names


def _own_rows(manifest: pa.Table, speaker: str) -> list[dict[str, Any]]:
    known = manifest.select([name for name in _COLUMNS if name in manifest.column_names])
    rows = known.filter(belongs(manifest, speaker, ())).to_pylist()
    return [dict.fromkeys(_COLUMNS) | row for row in rows]


def files_below(folder: Path, but_for: tuple[Path, ...] = ()) -> list[Path]:
    """The files below a folder in the order of names, without those below some of its folders."""
    found = []
    walked = set()
    # A phase's folder may be a link to a larger disk.
    for home, folders, names in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(home)) in walked:
            folders.clear()
            continue
        walked.add(real)
        folders[:] = sorted(name for name in folders if Path(home) / name not in but_for)
        found += [Path(home) / name for name in sorted(names)]
    return found


def logs_of(folder: Path) -> Path:
    """The folder of the logs of a folder below `results`: the same path below `logs`."""
    parts = list((folder if "results" in folder.parts else folder.absolute()).parts)
    if "results" not in parts:
        return folder / "logs"
    parts[len(parts) - 1 - parts[::-1].index("results")] = "logs"
    return Path(*parts)
