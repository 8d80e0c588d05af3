"""Records of which models were trained on a removed speaker, written beside each model before the speaker's rows go."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from speech2face.base.files import file_sha256, write_json
from speech2face.base.shards import read_shard
from speech2face.consent.rewrite import SPEAKER
from speech2face.consent.runs import INDEX, PENDING_INDEX, Run
from speech2face.data.sources.forgotten import digest
from speech2face.data.splits.share import TRAIN, VALIDATION

_LEARNED_FROM = {"decoder": ("portraits", "splits"), "encoder": ("splits",)}
"""The folders in which a model's index may lie, the first that has one counts: a decoder learns from portraits, and
where these have no index of their own, they are those of the clips."""
WEIGHTS, CHECKPOINT, RECORD = "model.safetensors", "checkpoint.safetensors", "forgotten.json"
MADE = "made with it"
"""In place of the split: made with a model that learned from the speaker, or from a table with the speaker."""


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A model that was trained on a speaker: in which split, and on how many clips."""

    weights: Path
    split: str
    clips: int


def record_training(run: Run, speaker: str) -> None:
    """Record beside each model trained on the speaker on which clips it was; call it before the rows are removed.

    Checkpoints of unfinished training are deleted: they contain training on the speaker, and cannot be resumed
    without the speaker's clips.
    """
    for path, about in _by_index(run, speaker).items():
        if path.name == CHECKPOINT:
            path.unlink()
        else:
            record = _read(path)
            record["speakers"][digest(speaker)] = about
            write_json(path.with_name(RECORD), record)


def record_made(found: Collection[Path], speaker: str) -> None:
    """Record beside each description of `lineage.made_from` that it was made with what was learned from the speaker."""
    for path in found:
        if path.suffix == ".json":
            record = _read(path)
            record["speakers"][digest(speaker)] = {"split": MADE, "clips": 0}
            write_json(path.with_name(RECORD), record | {"file": path.name})


def models_trained_on(run: Run, speaker: str) -> list[TrainedModel]:
    """The models of the run that were trained on the speaker, from the index or the records."""
    recorded = [path.with_name(_file(path)) for path in run.files() if path.name == RECORD]
    known = {path: _read(path)["speakers"].get(digest(speaker)) for path in recorded if path.exists()}
    known |= {path: about for path, about in _by_index(run, speaker).items() if path.name == WEIGHTS}
    return [TrainedModel(weights=path, **about) for path, about in sorted(known.items()) if about]


def _by_index(run: Run, speaker: str) -> dict[Path, dict[str, Any]]:
    """The models and checkpoints of the run whose index has the speaker in the training or the validation split."""
    files = run.files()
    indexes = {path.parent: path for path in files if path.name in (PENDING_INDEX, INDEX)}
    homes = {folder.parent for folder in indexes}
    found: dict[Path, dict[str, Any]] = {}
    for path in files:
        home = _home(run, path, homes)
        if path.name in (WEIGHTS, CHECKPOINT) and path.parent.name in _LEARNED_FROM and home is not None:
            folder = next(home / name for name in _LEARNED_FROM[path.parent.name] if home / name in indexes)
            table = read_shard(indexes[folder])
            splits = table.filter(pc.equal(table.column(SPEAKER), speaker)).column("split").to_pylist()
            if splits and splits[0] in (TRAIN, VALIDATION):
                found[path] = {"split": splits[0], "clips": len(splits)}
    return found


def _home(run: Run, path: Path, homes: Collection[Path]) -> Path | None:
    """The innermost folder around a model that has an index; a variant uses the data of its run."""
    parts = path.relative_to(run.folder).parts
    inside = run.folder.joinpath(*(parts[2:] if parts[0] == "variants" else parts))
    return next((folder for folder in inside.parents if folder in homes), None)


def _file(record: Path) -> str:
    """The name of the file that a record is about."""
    name: str = json.loads(record.read_text(encoding="utf-8")).get("file", WEIGHTS)
    return name


def _read(weights: Path) -> dict[str, Any]:
    """The record of a model; a record of other weights, from before the model was trained again, is ignored."""
    current = file_sha256(weights)
    path = weights.with_name(RECORD)
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return record if record.get("weights") == current else {"weights": current, "speakers": {}}
