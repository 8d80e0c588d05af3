"""The command `speech2face export-clips`: voices and faces as files, with the tables that other programs read."""

import csv
import io
import wave
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speech2face.base.files import atomic_path, write_json, write_text
from speech2face.base.options import Option
from speech2face.base.progress import progress
from speech2face.base.shards import ArrayColumn, read_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.sources.attributes import INVENTED
from speech2face.data.splits.share import read_index
from speech2face.product.dataset.card import dataset_card
from speech2face.product.dataset.croissant import croissant
from speech2face.product.dataset.lhotse import recording, supervision

SOUND, FACE = "file_name", "face"
"""Columns of metadata.csv: the sound, beside it, which Hugging Face's `datasets` loads; the picture, from the top."""
COLUMNS = (SOUND, FACE, "clip_id", "speaker_id", "sex", "age", "ethnicity", "language", "seconds")


class NotInventedError(RuntimeError):
    """The run has clips of real people."""


def export_clips(
    *, results: Path = Path("results"), output: Annotated[Path, Option(short="-o")] = Path("talkers-dataset")
) -> None:
    """Write the good clips of a run of talkers: a voice (WAV) and a face (JPEG) each, and tables of them.

    `data/` is a folder of sound as Hugging Face's `datasets` loads it, with a table for each split, and `faces/` has
    the pictures. README.md is the card, croissant.json the metadata for Croissant, and `lhotse/` has the manifests of
    lhotse, `SPLIT_recordings.jsonl` and `SPLIT_supervisions.jsonl`, with paths from the folder of the data set.

    Args:
        results: results folder of the run; only a run of the invented talkers can be exported.
        output: folder of the data set.

    Raises:
        NotInventedError: the run has clips of real people, who would have to agree to it.
    """
    index = read_index(results / "splits" / "index.arrow")
    if set(index["origin"]) != {INVENTED}:
        raise NotInventedError(
            f"{results} has clips of real people, whose recordings are not exported: only the invented talkers are."
        )
    splits: dict[str, list[dict[str, Any]]] = {name: [] for name in dict.fromkeys(index["split"])}
    for row in progress(_written(index, results, output), what="export", unit="clip", total=len(index)):
        splits[row.pop("split")].append(row)
    tables = {}
    for split, rows in splits.items():
        rows.sort(key=lambda row: row["clip_id"])
        tables[split] = f"data/{split}/metadata.csv"
        write_text(output / tables[split], _csv(rows))
        recordings = (recording(row["clip_id"], f"data/{split}/{row[SOUND]}", row["seconds"]) for row in rows)
        write_text(output / "lhotse" / f"{split}_recordings.jsonl", "".join(recordings))
        write_text(output / "lhotse" / f"{split}_supervisions.jsonl", "".join(map(supervision, rows)))
    counts = {split: (len(rows), len({row["speaker_id"] for row in rows})) for split, rows in splits.items()}
    write_text(output / "README.md", dataset_card(counts))
    write_json(output / "croissant.json", croissant(output, tables, COLUMNS))
    print(f"{output}: {len(index)} clips of {sum(people for _, people in counts.values())} invented talkers")


def _written(index: pd.DataFrame, results: Path, output: Path) -> Iterator[dict[str, Any]]:
    """Write the files of each clip, and yield its row of the table, with its split."""
    for shard, clips in index.groupby("shard"):
        voices = read_shard(results / "clips" / f"{shard}.arrow")
        sound, heard = ArrayColumn(voices, "audio"), voices["heard_s"]
        crops = read_shard(results / "faces" / f"{shard}.arrow")["crop"]
        for clip in clips.to_dict("records"):
            split, row = clip["split"], clip["row"]
            names = {SOUND: f"{clip['clip_id']}.wav", FACE: f"faces/{split}/{clip['clip_id']}.jpg"}
            # Short recordings are repeated in the shards.
            samples = sound[row][: round(heard[row].as_py() * SAMPLE_RATE)]
            _write_wave(output / "data" / split / names[SOUND], samples)
            with atomic_path(output / names[FACE]) as temporary:
                temporary.write_bytes(crops[row].as_py())
            about = {name: clip[name] for name in COLUMNS if name in clip}
            yield {**names, **about, "seconds": len(samples) / SAMPLE_RATE, "split": split}


def _write_wave(path: Path, samples: npt.NDArray[np.int16]) -> None:
    with atomic_path(path) as temporary, wave.open(str(temporary), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
