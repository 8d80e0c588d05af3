"""Remove a speaker from one run, in an order in which being killed at any time does no harm.

Files derived from several speakers go first; the tables that say whose clips are whose go last.
"""

import csv
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from speech2face.consent.learned import MADE, TrainedModel, record_training
from speech2face.consent.lineage import delete_made
from speech2face.consent.rewrite import (
    CLIP,
    SPEAKER,
    renumbered,
    rewrite_archive,
    rewrite_shard,
    rewrite_table,
    without,
)
from speech2face.consent.runs import INDEX, PENDING_INDEX, Run, SpeakerData, is_manifest, logs_of
from speech2face.consent.search import files_naming
from speech2face.data.downloads.ledger import Ledger

_FOLDERS = {"predictions", "judges", "metrics", "figures", "report"}
"""Folders of files derived from several speakers, such as predictions of a neighbour's face and figures."""
_OF_MODELS = {"reconstructions", "trials"}
_PAGES = {"report.html", "workflow.html", "comparison.csv", "comparison.md"}


def remove(data: SpeakerData, downloads: Sequence[Path]) -> Iterator[str]:
    """Remove a speaker from a run; yields what was done, a line each.

    Args:
        downloads: folders that the workflow fills; files of the person that lie there are deleted.
    """
    run, change = data.run, without(data.speaker, data.clips)
    # An index that an earlier removal or the workflow has restored is the newer one.
    _delete(path for path in run.files() if path.name == PENDING_INDEX and path.with_name(INDEX).exists())
    record_training(run, data.speaker)
    mixed = _made_of_all(run)
    yield f"deleted, to be made again from the others: {_delete(mixed)} predictions, measures, figures and pages"
    # Half-written files may hold anyone's data and cannot be searched: delete them all.
    halves = {path.parent for path in run.leftovers()}
    for folder in halves:
        shutil.rmtree(folder)
    yield f"deleted: {_delete(_traces(data)) + len(halves)} logs, executed notebooks and half-written files"
    yield f"deleted: {_delete_downloads(data, downloads)} downloaded clips"
    for path in run.files():
        if path.name == INDEX:
            path.replace(path.with_name(PENDING_INDEX))
    videos = sum(rewrite_archive(path, data.members) for path in data.archives)
    shards = [path for path in data.shards if path.name not in (INDEX, PENDING_INDEX) and path not in mixed]
    manifests = [path for path in shards if is_manifest(path)]
    for path in shards:
        if path not in manifests:
            rewrite_shard(path, path, change)
    lines = sum(rewrite_table(path, data.speaker, data.clips) for path in run.files() if _is_table(path))
    for path in run.files():
        if path.name == PENDING_INDEX:
            _restore_index(path, data)
    for path in manifests:
        rewrite_shard(path, path, change)
    yield f"removed: {sum(data.shards.values())} rows of shards, {lines} lines of tables, {videos} videos of archives"


def delete_models(run: Run, models: Iterable[TrainedModel]) -> None:
    """Delete models of the run with their learning curves and logs, and everything made with a model.

    While files made with a model exist, the workflow would not train it again.
    """
    for model in models:
        if model.split == MADE:
            delete_made(model.weights)
        else:
            shutil.rmtree(model.weights.parent, ignore_errors=True)
            shutil.rmtree(logs_of(model.weights.parent), ignore_errors=True)
    _delete(_made_of_all(run))
    _delete(path for path in run.files() if path.parent.name in _OF_MODELS)


def _restore_index(pending: Path, data: SpeakerData) -> None:
    """The index without the speaker, with the new row numbers; none if no speaker is left."""
    index = pending.with_name(INDEX)
    shards = data.run.folder / ("portraits" if pending.parent.name == "portraits" else "clips")
    if not rewrite_shard(pending, index, without(data.speaker, data.clips), renumbered(shards)):
        index.unlink()
    pending.unlink()


def _is_table(path: Path) -> bool:
    if path.suffix != ".csv":
        return False
    with path.open(encoding="utf-8", newline="") as file:
        return not {CLIP, SPEAKER}.isdisjoint(next(csv.reader(file), []))


def _made_of_all(run: Run) -> list[Path]:
    return [
        path
        for path in run.files()
        if path.name in _PAGES
        or (path.parent.name in _FOLDERS and "benchmarks" not in path.relative_to(run.folder).parts)
    ]


def _traces(data: SpeakerData) -> list[Path]:
    """Executed notebooks, which hold pictures, and logs that name the speaker."""
    logs = data.run.logs()
    # Among the results; earlier versions kept them with the logs.
    notebooks = [path for path in [*data.run.files(), *logs] if path.suffix == ".ipynb"]
    naming = files_naming((path for path in logs if path.suffix != ".ipynb"), data.words)
    return [*notebooks, *naming]


def _delete_downloads(data: SpeakerData, downloads: Sequence[Path]) -> int:
    """Delete the speaker's clips in the download folders, and the records of videos without other clips."""
    homes = [folder.resolve() for folder in downloads]
    count = _delete(path for path in data.originals if any(home in path.resolve().parents for home in homes))
    videos = {clip.rpartition("#")[0] for clip in data.clips if "#" in clip}
    for folder in {Ledger(home, video).folder for home in homes for video in videos}:
        if not any(folder.glob("[!.]*.mkv")):
            shutil.rmtree(folder, ignore_errors=True)
    return count


def _delete(paths: Iterable[Path]) -> int:
    """Delete files; returns how many existed."""
    found = [path for path in paths if path.exists()]
    for path in found:
        path.unlink()
    return len(found)
