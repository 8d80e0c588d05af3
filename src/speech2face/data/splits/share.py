"""The splits phase: the clips with a usable face and voice, and the split of each speaker."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from speech2face.base.files import atomic_path
from speech2face.base.shards import new_shard, read_shard
from speech2face.config import Splits
from speech2face.data.sources.manifest import ABOUT, ABOUT_FIELDS

TRAIN, VALIDATION, CALIBRATION, TEST = "train", "validation", "calibration", "test"
PHASES = ("clips", "faces", "voices")

INDEX = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False),
        pa.field("speaker_id", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False, metadata={"meaning": "of the clip in every phase's shard"}),
        *ABOUT_FIELDS,
    ]
)


class NothingLeftError(RuntimeError):
    """No clip has a usable face and voice; the message counts the reasons."""


def share_speakers(speakers: Sequence[str], seed: int, shares: Splits, fold: int | None = None) -> dict[str, str]:
    """The split of each speaker: speakers in the order of a seeded hash, cut at the shares.

    The position of a speaker does not depend on the other speakers, and the sizes are exact to one speaker.

    Args:
        fold: from 0 to `shares.folds` - 1; its speakers are the test split. None: no cross-validation.
    """
    unique = sorted(set(speakers), key=lambda s: hashlib.sha256(f"{seed}/{s}".encode()).digest())
    tested = unique[: round(shares.test * len(unique))] if fold is None else unique[fold :: shares.folds]
    others = [speaker for speaker in unique if speaker not in set(tested)]
    # Without folds the shares are of all speakers; with folds, of those outside the test fold.
    whole = len(unique if fold is None else others)
    validated = round(shares.validation * whole)
    calibrated = validated + round(shares.calibration * whole)
    return (
        dict.fromkeys(tested, TEST)
        | dict.fromkeys(others[:validated], VALIDATION)
        | dict.fromkeys(others[validated:calibrated], CALIBRATION)
        | dict.fromkeys(others[calibrated:], TRAIN)
    )


def status_table(folder: Path, shard: str) -> pd.DataFrame:
    """One row for each clip of a shard with the first phase that rejected it, if any."""
    names = ["clip_id", "status", "reason", "detail"]
    tables = {}
    for phase in PHASES:
        table = read_shard(folder / phase / f"{shard}.arrow")
        tables[phase] = table.select(names).to_pandas().assign(phase=phase)
        if phase == "clips":
            frame = table.select(["clip_id", "speaker_id", *ABOUT]).to_pandas()
    frame = frame.assign(shard=shard, row=range(len(frame)), status="ok", phase="", reason="", detail="")
    for phase in reversed(PHASES):
        rejected = (tables[phase]["status"] == "rejected").to_numpy()
        columns = ["status", "phase", "reason", "detail"]
        frame.loc[rejected, columns] = tables[phase].loc[rejected, columns].to_numpy()
    return frame


def split_clips(
    *,
    folder: Path,
    shards: Sequence[str],
    settings: Splits,
    seed: int,
    fold: int | None = None,
    index: Path,
    status: Path,
) -> None:
    """Write the index of good clips with their splits, and the status table of all clips.

    Args:
        folder: holds the folders of the phases in `PHASES`.
        shards: names of their shards.
        settings: config section `splits`.
        seed: of the order of the speakers.
        fold: the fold whose speakers are tested, from 0; none without cross-validation.
        index: table of the good clips to write.
        status: table of all clips to write (CSV).

    Raises:
        NothingLeftError: no clip is good; the status table is written all the same.
    """
    parts = [status_table(folder, shard) for shard in shards]
    every = pd.concat(parts, ignore_index=True).sort_values("clip_id", ignore_index=True)
    with atomic_path(status) as temporary:
        columns = ["clip_id", "speaker_id", "status", "phase", "reason", "detail"]
        every[columns].to_csv(temporary, index=False)
    good = every[every["status"] == "ok"]
    if good.empty:
        counts = ", ".join(f"{reason}: {count}" for reason, count in every["reason"].value_counts().items())
        raise NothingLeftError(
            f"None of {len(every)} clips can be used ({counts or 'the source is empty'}); {status} says why of each."
        )
    split = share_speakers(good["speaker_id"].tolist(), seed, settings, fold)
    good = good.assign(split=good["speaker_id"].map(split))
    table = pa.Table.from_pandas(good, INDEX, preserve_index=False)
    with atomic_path(index) as temporary, new_shard(temporary, table.schema) as writer:
        writer.write_table(table)


def read_index(path: Path, split: str | None = None) -> pd.DataFrame:
    """The index of good clips, of one split or of all, in the order of clip ids."""
    table = read_shard(path)
    if split is not None:
        table = table.filter(pc.equal(table["split"], split))
    # A label that no clip has would come back as NaN, which is neither a string nor missing.
    frame = table.to_pandas()
    return frame.astype(object).where(frame.notna(), None) if frame.isna().any(axis=None) else frame
