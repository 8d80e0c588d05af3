"""A finished run in small: files of every phase with the real columns, made from nothing but the names of the clips."""

import hashlib
import io
import json
import os
import shutil
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from speech2face.base.files import part_folder
from speech2face.base.shards import read_shard, shard_names, shard_of, write_shard
from speech2face.config import Splits, load_config
from speech2face.consent.learned import models_trained_on
from speech2face.consent.runs import find_runs
from speech2face.data.clips.cut import schema as clips_schema
from speech2face.data.faces.find import schema as faces_schema
from speech2face.data.portraits.schema import schema as portraits_schema
from speech2face.data.sources.manifest import ABOUT, MANIFEST
from speech2face.data.splits.share import TEST, read_index, split_clips
from speech2face.data.talkers.make import TRUTH
from speech2face.data.voices.measure import SCHEMA as VOICES
from speech2face.evaluation.predictions.schema import Prediction, write_predictions
from speech2face.evaluation.reconstructions.reconstruct import schema as reconstructions_schema
from speech2face.evaluation.trials.schema import write_trial
from speech2face.evaluation.trials.speech import SCHEMA as SPEECH
from tests.conftest import ROOT

PEOPLE = [f"person-{hashlib.sha256(bytes([number])).hexdigest()[:6]}" for number in range(30)]
CLIPS_EACH = 3
DIMENSION = 16
SHARDS = shard_names(2)
REJECTED = f"{PEOPLE[3]}_1"
"""A clip without a face."""
_SETTINGS = load_config([ROOT / "config" / "config.yaml"])
_CLIPS = _SETTINGS.clips.model_copy(update={"seconds": 0.05})


def noise(*names: str, size: int = 300) -> bytes:
    """Bytes that stand for a picture, a sound or a video, and are found nowhere else."""
    return np.random.default_rng(zlib.crc32("/".join(names).encode())).bytes(size)


def embedding(clip: str) -> np.ndarray:
    return np.frombuffer(noise(clip, "embedding", size=2 * DIMENSION), np.uint16).astype(np.float32) / 7


def sound(name: str) -> np.ndarray:
    return np.frombuffer(noise(name, "sound", size=2 * 800), np.int16)


def secrets(person: str) -> list[bytes]:
    """What must be in no file: the names, and a piece of everything that was measured."""
    clips = clips_of(person)
    whole = [noise(clip, what) for clip in clips for what in ("frame", "crop", "video")]
    whole += [embedding(clip).tobytes() for clip in clips] + [sound(name).tobytes() for name in (*clips, person)]
    return [person.encode(), *(clip.encode() for clip in clips), *(data[100:124] or data[:24] for data in whole)]


def clips_of(person: str) -> list[str]:
    return [f"{person}_{number}" for number in range(CLIPS_EACH)]


@dataclass
class MadeRun:
    """A project with one run, `folder` being its results; its source is the talkers, or files of the user."""

    project: Path
    folder: Path
    people: list[str]

    @property
    def index(self) -> pd.DataFrame:
        return read_index(self.folder / "splits" / "index.arrow")

    def someone(self, split: str) -> str:
        """A person of that split, with others in the rows after."""
        index = self.index
        return index[index["split"] == split].sort_values("row", kind="stable")["speaker_id"].iloc[0]

    def files(self) -> dict[str, bytes]:
        """All files of the project, by their names."""
        return {
            path.relative_to(self.project).as_posix(): path.read_bytes()
            for path in sorted(self.project.rglob("*"))
            if path.is_file()
        }


def make_run(project: Path, people: list[str], overlay: str = "", originals: Path | None = None) -> MadeRun:
    """Write a finished run.

    Args:
        overlay: name of the run.
        originals: folder of the user's own videos; none: they lie in archives that the run wrote.
    """
    run = MadeRun(project=project, folder=project / "results" / overlay, people=people)
    clips = [(clip, person) for person in people for clip in clips_of(person)]
    for name in SHARDS:
        own = [(clip, person) for clip, person in clips if shard_of(person, len(SHARDS)) == int(name)]
        _features(run.folder, name, own, originals)
    (run.folder / "splits").mkdir()
    split_clips(
        folder=run.folder,
        shards=SHARDS,
        seed=0,
        settings=Splits(calibration=0.2, test=0.3, folds=None),
        index=run.folder / "splits" / "index.arrow",
        status=run.folder / "splits" / "status.csv",
    )
    _models_and_tests(run)
    _made_of_all(run, project / "logs" / overlay)
    # As if it had been made an hour ago, phase after phase.
    for path in sorted(project.rglob("*")):
        os.utime(path, ns=(10**18, 10**18 + 123_456_789 * len(path.parts)))
    return run


def _features(folder: Path, name: str, clips: list[tuple[str, str]], originals: Path | None) -> None:
    about = dict.fromkeys(ABOUT) | {"sex": "female", "age": 30.5, "origin": "a set"}
    home = folder / ("sources" if originals else "talkers")
    home.mkdir(parents=True, exist_ok=True)
    archive = home / f"{name}.tar"
    if originals:
        originals.mkdir(parents=True, exist_ok=True)
        for clip, _ in clips:
            (originals / f"{clip}.mp4").write_bytes(noise(clip, "video"))
    else:
        with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
            for clip, _ in clips:
                member = tarfile.TarInfo(f"{clip}.mp4")
                member.size = len(noise(clip, "video"))
                tar.addfile(member, io.BytesIO(noise(clip, "video")))
        people = dict.fromkeys(person for _, person in clips)
        truth = {column.name: 1.5 if column.type == pa.float64() else "x" for column in TRUTH}
        write_shard(home / f"{name}.truth.arrow", TRUTH, (truth | {"speaker_id": person} for person in people))
    write_shard(
        home / (f"{name}.arrow" if originals else f"{name}.manifest.arrow"),
        MANIFEST,
        (
            about
            | {"clip_id": clip, "speaker_id": person, "start_s": 0.0}
            | {"archive": None if originals else f"results/talkers/{name}.tar"}
            | {"video": str(originals / f"{clip}.mp4") if originals else f"{clip}.mp4"}
            for clip, person in clips
        ),
    )
    good = {"status": "ok", "reason": "", "detail": ""}
    bad = {"status": "rejected", "reason": "no_face", "detail": "No face was found."}
    write_shard(
        folder / "clips" / f"{name}.arrow",
        clips_schema(_CLIPS),
        (
            about
            | good
            | {
                "clip_id": clip,
                "speaker_id": person,
                "audio": sound(clip),
                "frames": [noise(clip, "frame")],
                "times": [0.5],
            }
            for clip, person in clips
        ),
    )
    write_shard(
        folder / "faces" / f"{name}.arrow",
        faces_schema(DIMENSION),
        (
            bad | {"clip_id": clip}
            if clip == REJECTED
            else good | {"clip_id": clip, "crop": noise(clip, "crop"), "embedding": embedding(clip)}
            for clip, _ in clips
        ),
    )
    write_shard(
        folder / "portraits" / f"{name}.arrow",
        portraits_schema(DIMENSION),
        (about | good | {"clip_id": clip, "speaker_id": person, "crop": noise(clip, "crop")} for clip, person in clips),
    )
    write_shard(folder / "voices" / f"{name}.arrow", VOICES, (good | {"clip_id": clip} for clip, _ in clips))


def _models_and_tests(run: MadeRun) -> None:
    for home in (run.folder, run.folder / "variants" / "other"):
        for name in ("encoder", *(["decoder"] if home == run.folder else [])):
            (home / name).mkdir(parents=True)
            (home / name / "model.safetensors").write_bytes(noise(str(len(home.parts)), name, size=5000))
            (home / name / "history.json").write_text('[{"epoch": 1}]')
            (home / name / "config.json").write_text("{}\n")
        rows = run.index[run.index["split"] == TEST].to_dict("records")
        own = [{name: row[name] for name in ("clip_id", "speaker_id", *ABOUT)} for row in rows]
        answers = [
            row | {"original": noise(row["clip_id"], "crop"), "face_embedding": embedding(row["clip_id"])}
            for row in own
        ]
        write_shard(home / "reconstructions" / "test.arrow", reconstructions_schema(DIMENSION), answers)
        people = sorted({row["speaker_id"] for row in own})
        spoken: list[dict[str, Any]] = [
            {"speaker_id": name, "condition": "long", "audio": sound(name).tobytes()} for name in people
        ]
        write_shard(home / "trials" / "speech.arrow", SPEECH, spoken)
        heard = [row | {"condition": "1", "face_embedding": embedding(row["clip_id"])} for row in own]
        write_trial(home / "trials" / "lengths.arrow", DIMENSION, heard)
        faces = np.stack([embedding(row["clip_id"]) for row in own])
        # Another's face as the answer, as the nearest voice gives it.
        learned = run.index.loc[run.index["split"] != TEST, "clip_id"]
        others = np.stack([embedding(clip) for clip in learned.iloc[np.arange(len(own)) % len(learned)]])
        write_predictions(
            home / "predictions" / "test.arrow", pd.DataFrame(own), faces, [Prediction.complete("nearest", others)]
        )


def _made_of_all(run: MadeRun, logs: Path) -> None:
    everyone = b"".join(noise(clip, "crop") for clip in run.index["clip_id"])
    names = "\n".join(run.index["clip_id"])
    for home in (run.folder, run.folder / "variants" / "other"):
        for name, data in (
            ("figures/triplets.png", everyone),
            ("notebooks/triplets.ipynb", json.dumps({"outputs": names}).encode()),
            ("metrics/summary.json", b"{}"),
            ("report/claims.csv", b"a,b\n"),
            ("report.html", everyone),
            ("workflow.html", everyone),
        ):
            (home / name).parent.mkdir(exist_ok=True)
            (home / name).write_bytes(data)
    (logs / "figures").mkdir(parents=True)
    (logs / "figures" / "triplets.ipynb").write_text(json.dumps({"outputs": names}))
    (logs / "encoder").mkdir()
    (logs / "encoder" / "steps.jsonl").write_text('{"step": 20}\n')
    (logs / "clips.log").write_text(f"About {run.index['clip_id'].iloc[0]}: all is well.\n")
    killed = part_folder(run.folder / "clips" / "00.arrow", 4711) / "00.arrow"
    killed.parent.mkdir()
    killed.write_bytes(everyone)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> MadeRun:
    """A run that tests copy."""
    return make_run(tmp_path_factory.mktemp("finished"), PEOPLE)


@pytest.fixture
def run(finished: MadeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """A finished run, in whose project the test works."""
    project = tmp_path / "project"
    shutil.copytree(finished.project, project)
    monkeypatch.chdir(project)
    return MadeRun(project=project, folder=project / "results", people=list(finished.people))


def learned(run: MadeRun, person: str):
    return [model for part in find_runs(run.folder) for model in models_trained_on(part, person)]


def assert_rows_fit(run: MadeRun, fold: Path = Path()) -> None:
    index = read_index(run.folder / fold / "splits" / "index.arrow")
    for phase in ("clips", "faces", "voices"):
        ids = {name: read_shard(run.folder / phase / f"{name}.arrow").column("clip_id").to_pylist() for name in SHARDS}
        assert [ids[shard][row] for shard, row in zip(index["shard"], index["row"], strict=True)] == index[
            "clip_id"
        ].tolist()
