"""What was made with a person's data over other files, traced by the hashes that descriptions have of their inputs."""

import json
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from speech2face.base.files import file_sha256
from speech2face.base.shards import read_shard

MADE_FROM = "made_from"


def made_from(files: Iterable[Path], hashes: Collection[str]) -> list[Path]:
    """The tables and descriptions among `files` that were made, directly or over others, from files of these hashes.

    A bundle is made from a calibration, that from a table of people, and that with the voice encoders; an ONNX export
    and an audit are made from a bundle. Wherever they lie, the hashes lead to them.
    """
    inputs = {path: _inputs(path) for path in files if path.suffix in {".arrow", ".json"}}
    found: list[Path] = []
    known = set(hashes)
    while new := sorted(path for path, own in inputs.items() if path not in found and not known.isdisjoint(own)):
        found += new
        known |= {file_sha256(file) for path in new for file in (path, *path.parent.glob("*.safetensors"))}
    return found


def delete_made(path: Path) -> None:
    """Delete what `made_from` found, with the files that it describes; nothing else, wherever a person put it."""
    if path.name == "config.json":
        # A folder of the workflow: a calibration or a bundle.
        shutil.rmtree(path.parent, ignore_errors=True)
    elif path.exists():
        described = json.loads(path.read_text(encoding="utf-8")).get("sha256", {}) if path.suffix == ".json" else {}
        for file in (*(path.with_name(name) for name in described), path):
            file.unlink(missing_ok=True)


def _inputs(path: Path) -> frozenset[str]:
    """The hashes of the inputs of a table or a description; none if it does not say."""
    if path.suffix == ".arrow":
        return frozenset(json.loads((read_shard(path).schema.metadata or {}).get(MADE_FROM.encode(), "[]")))
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return frozenset()
    return frozenset(about.get(MADE_FROM, [])) if isinstance(about, dict) else frozenset()
