"""Which models learned from a person: written beside each model before the person's rows go, to be known later."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from speech2face.base.files import write_json
from speech2face.base.shards import read_shard
from speech2face.consent.rewrite import SPEAKER
from speech2face.consent.runs import ASIDE, INDEX, Run
from speech2face.data.sources.forgotten import digest
from speech2face.data.splits.share import TEST

_MODELS = ("decoder", "encoder")
WEIGHTS, CHECKPOINT, RECORD = "model.safetensors", "checkpoint.safetensors", "forgotten.json"


@dataclass(frozen=True, kw_only=True)
class Learned:
    """A model that still holds what was learned from a person: in which split, from how many clips."""

    weights: Path
    split: str
    clips: int


def record_learned(run: Run, speaker: str) -> None:
    """Write beside each model that learned from the speaker what it learned from; call it before the rows go.

    Checkpoints of unfinished training go: they hold what was learned, and no training could go on from one without
    the person's clips.
    """
    for path, about in _by_index(run, speaker).items():
        if path.name == CHECKPOINT:
            path.unlink()
        else:
            record = _read(path)
            record["speakers"][digest(speaker)] = about
            write_json(path.with_name(RECORD), record)


def learned_from(run: Run, speaker: str) -> list[Learned]:
    """The models of the run that hold what was learned from the speaker: by the index, or by what was recorded."""
    recorded = [path.with_name(WEIGHTS) for path in run.files() if path.name == RECORD]
    known = {path: _read(path)["speakers"].get(digest(speaker)) for path in recorded if path.exists()}
    known |= {path: about for path, about in _by_index(run, speaker).items() if path.name == WEIGHTS}
    return [Learned(weights=path, **about) for path, about in sorted(known.items()) if about]


def _by_index(run: Run, speaker: str) -> dict[Path, dict[str, Any]]:
    """The models and checkpoints of the run that have the speaker in their index, but for tests."""
    files = run.files()
    indexes = {path.parent.parent: path for path in files if path.name in (ASIDE, INDEX)}
    found: dict[Path, dict[str, Any]] = {}
    for path in files:
        home = _home(run, path, indexes)
        if path.name in (WEIGHTS, CHECKPOINT) and path.parent.name in _MODELS and home is not None:
            table = read_shard(indexes[home])
            splits = table.filter(pc.equal(table.column(SPEAKER), speaker)).column("split").to_pylist()
            if splits and splits[0] != TEST:
                found[path] = {"split": splits[0], "clips": len(splits)}
    return found


def _home(run: Run, path: Path, homes: Collection[Path]) -> Path | None:
    """The innermost folder with an index that holds a model; a variant has no data of its own, but those of the run."""
    parts = path.relative_to(run.folder).parts
    inside = run.folder.joinpath(*(parts[2:] if parts[0] == "variants" else parts))
    return next((folder for folder in inside.parents if folder in homes), None)


def _read(weights: Path) -> dict[str, Any]:
    """The record of a model; one of other weights, before it was trained again, counts no more."""
    with weights.open("rb") as file:
        now = hashlib.file_digest(file, "sha256").hexdigest()
    path = weights.with_name(RECORD)
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return record if record.get("weights") == now else {"weights": now, "speakers": {}}
