"""Marks of 16 random bytes in one person's sound, crop and embedding: after `forget` no file anywhere has them."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from safetensors.numpy import save_file

from speech2face.base.files import file_sha256, lineage, write_sealed, write_tensors
from speech2face.base.shards import read_shard, write_shard
from speech2face.consent.forget import forget
from tests.unit.consent.conftest import PEOPLE, MadeRun, clips_of, embedding, make_run, noise, sound
from tests.unit.consent.test_forget import LIST
from tests.unit.consent.test_stores import store

RESULTS = Path("results")


def marks(person: str) -> dict[str, list[bytes]]:
    """16 bytes of each kind of thing that is measured of a person's clips; made up at random, so found nowhere else."""
    clips = clips_of(person)
    return {
        "sound": [sound(clip).tobytes()[64:80] for clip in clips],
        "crop": [noise(clip, "crop")[64:80] for clip in clips],
        "embedding": [embedding(clip).tobytes()[:16] for clip in clips],
    }


def holding(folder: Path, person: str) -> dict[str, list[str]]:
    """Which files below a folder, wherever links lead, hold which marks."""
    wanted = marks(person)
    found = {}
    for home, _, names in os.walk(folder, followlinks=True):
        for name in names:
            data = (Path(home) / name).read_bytes()
            if kinds := [kind for kind, all_of in wanted.items() if any(mark in data for mark in all_of)]:
                found[str((Path(home) / name).relative_to(folder))] = kinds
    return found


def make_products(run: MadeRun, person: str, exports: Path) -> None:
    """What is made over the models, in the worst case: each with the person's embedding in its tensors."""
    clip = clips_of(person)[0]
    mark = np.frombuffer(embedding(clip).tobytes(), np.float32)
    home = run.folder / "calibration"
    people = pa.schema(
        [pa.field("speaker_id", pa.string()), pa.field("face", pa.list_(pa.float32()))],
        metadata={"made_from": json.dumps(lineage([run.folder / "encoder" / "model.safetensors"]))},
    )
    rows = [{"speaker_id": who, "face": embedding(f"{who}_0")} for who in run.people]
    for part in (Path(), Path("folds/0"), Path("folds/1")):
        write_shard(home / part / "calibration.arrow", people, rows)
    for folder, inputs in (
        (home, [home / "calibration.arrow"]),
        (run.folder / "heads", [home / "calibration.arrow", home / "model.safetensors"]),
        (run.folder / "bundle", [home / "model.safetensors", run.folder / "heads" / "model.safetensors"]),
    ):
        write_tensors(folder / "model.safetensors", {"a": mark}, save_file)
        write_sealed(folder / "config.json", {"made_from": lineage(inputs)})
    for folder, name, file in (
        (run.folder / "audit", "audit", "audit.html"),
        (run.folder / "mine", "onnx", "decoder.onnx"),
        (exports, "onnx", "decoder.onnx"),
    ):
        folder.mkdir()
        (folder / file).write_bytes(b"head" + mark.tobytes())
        made = lineage([run.folder / "bundle" / "config.json"])
        write_sealed(folder / f"{name}.json", {"sha256": {file: file_sha256(folder / file)}, "made_from": made})
    shutil.copytree(run.folder / "bundle", exports / "bundle")


def make_folds(run: MadeRun) -> None:
    index = read_shard(run.folder / "splits" / "index.arrow")
    for fold in ("0", "1"):
        home = run.folder / "folds" / fold
        write_shard(home / "splits" / "index.arrow", index.schema, index.to_pylist())
        for phase in ("encoder", "decoder", "predictions", "reconstructions"):
            shutil.copytree(run.folder / phase, home / phase)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[MadeRun, Path]:
    """A project with a run, its variants, folds and portraits, and the run of an overlay."""
    run = make_run(tmp_path / "project", PEOPLE)
    overlay = make_run(tmp_path / "other", PEOPLE, overlay="overlay")
    shutil.move(overlay.folder, run.folder)
    shutil.move(overlay.project / "logs" / "overlay", run.project / "logs")
    shutil.rmtree(overlay.project)
    make_folds(run)
    monkeypatch.chdir(run.project)
    return run, tmp_path


@pytest.mark.parametrize("split", ["train", "calibration", "test"])
def test_no_copy_is_left_anywhere(world, split, soak):
    run, everything = world
    person = run.someone(split)
    make_products(run, person, everything / "exports")
    for folder in (run.project / ".dvc" / "cache", everything / "far"):
        store(run, folder)
    (run.project / ".dvc" / "config").write_text("['remote \"store\"']\n    url = ../../far\n")
    (run.folder / "faces").rename(everything / "disk")
    (run.folder / "faces").symlink_to(everything / "disk")
    logs = run.project / ".snakemake" / "slurm_logs" / "rule_cut_clips"
    logs.mkdir(parents=True)
    (logs / "1.log").write_bytes(f"{clips_of(person)[0]}: ".encode() + marks(person)["sound"][0])
    before = holding(everything, person)
    places = ("cache", "far", "disk", "slurm_logs", "overlay", "variants", "folds", "portraits", "bundle", "audit",
              "mine", "exports", "heads", "calibration")  # fmt: skip
    assert [place for place in places if not any(place in name for name in before)] == []
    forget(person, results=RESULTS, forgotten=LIST, exports=[everything / "exports"], delete=True)
    left = holding(everything, person)
    with soak(f"files with marks of a forgotten person ({split})", small=len(before), full=len(before)) as tally:
        for name, kinds in left.items():
            tally.check(False, f"{name}: {', '.join(kinds)}")
    # The others are as they were.
    assert holding(run.folder, run.someone("test"))
