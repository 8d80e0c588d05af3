"""Splits: disjoint by speaker, of the stated sizes, and stable when others join."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.base.shards import write_shard
from speech2face.base.status import STATUS_FIELDS
from speech2face.config import Splits
from speech2face.data.sources.manifest import ABOUT, ABOUT_FIELDS
from speech2face.data.splits.share import NothingLeftError, read_index, share_speakers, split_clips

SHARES = Splits(validation=0.1, calibration=0.05, test=0.2, folds=None)
FOLDED = Splits(validation=0.1, calibration=0.0, test=0.2, folds=4)


@given(st.sets(st.text(min_size=1, max_size=6), min_size=10, max_size=80), st.integers(0, 5))
def test_sizes_are_exact_and_everyone_is_somewhere(speakers, seed):
    split = pd.Series(share_speakers(list(speakers), seed, SHARES))
    assert set(split.index) == speakers
    assert (split == "test").sum() == round(0.2 * len(speakers))
    assert (split == "validation").sum() == round(0.1 * len(speakers))
    assert (split == "calibration").sum() == round(0.05 * len(speakers))


@given(st.sets(st.text(min_size=1, max_size=6), min_size=10, max_size=80), st.integers(0, 5))
def test_each_speaker_is_tested_in_one_fold_and_learned_from_in_the_others(speakers, seed):
    folds = [pd.Series(share_speakers(list(speakers), seed, FOLDED, fold)) for fold in range(4)]
    table = pd.DataFrame(folds)
    assert set(table.columns) == speakers
    assert ((table == "test").sum() == 1).all()
    sizes = (table == "test").sum(axis=1)
    assert sizes.max() - sizes.min() <= 1
    validating = (table == "validation").sum(axis=1)
    assert validating.tolist() == [round(0.1 * (len(speakers) - size)) for size in sizes]


def test_seed_changes_the_split():
    speakers = [str(i) for i in range(100)]
    assert share_speakers(speakers, 0, SHARES) != share_speakers(speakers, 1, SHARES)
    assert share_speakers(speakers, 0, SHARES) == share_speakers(speakers[::-1], 0, SHARES)


def shard_files(folder, shard, clips):
    """Writes the three shards of `clips`: (clip, speaker, {phase: reason})."""
    for phase in ("clips", "faces", "voices"):
        extra = [pa.field("speaker_id", pa.string()), *ABOUT_FIELDS] if phase == "clips" else []
        rows = []
        earlier = ("clips", "faces", "voices")[: ("clips", "faces", "voices").index(phase) + 1]
        for clip, speaker, reasons in clips:
            reason = next((reasons[p] for p in earlier if p in reasons and (p in ("clips", phase))), "")
            status = "rejected" if reason else "ok"
            rows.append({"clip_id": clip, "status": status, "reason": reason, "detail": reason, "speaker_id": speaker})
        write_shard(folder / phase / f"{shard}.arrow", pa.schema([*STATUS_FIELDS, *extra]), rows)


def run(folder, shards, shares=SHARES, fold=None, index="index.arrow"):
    split_clips(
        shards=shards,
        folder=folder,
        seed=0,
        settings=shares,
        fold=fold,
        index=folder / index,
        status=folder / "status.csv",
    )


def test_index_holds_what_is_good_on_both_sides(tmp_path):
    many = [(f"c{i:02d}", f"s{i // 2}", {}) for i in range(40)]
    many[3] = ("c03", "s1", {"faces": "no_face"})
    many[4] = ("c04", "s2", {"voices": "silent"})
    many[5] = ("c05", "s2", {"clips": "no_audio"})
    shard_files(tmp_path, "00", many[:25])
    shard_files(tmp_path, "01", many[25:])
    run(tmp_path, ["00", "01"])
    index = read_index(tmp_path / "index.arrow")
    assert set(index["clip_id"]) == {c for c, _, reasons in many if not reasons}
    assert index.groupby("speaker_id")["split"].nunique().max() == 1
    assert index.set_index("clip_id").loc["c30", ["shard", "row"]].tolist() == ["01", 5]
    status = pd.read_csv(tmp_path / "status.csv").set_index("clip_id")
    assert len(status) == 40
    assert status.loc["c03", ["status", "phase", "reason"]].tolist() == ["rejected", "faces", "no_face"]
    assert status.loc["c05", "phase"] == "clips"
    assert np.array_equal(read_index(tmp_path / "index.arrow", "test")["split"].unique(), ["test"])


def test_nothing_left_says_why_and_keeps_the_status_table(tmp_path):
    shard_files(tmp_path, "00", [("a", "s", {"faces": "no_face"}), ("b", "s", {"clips": "no_audio"})])
    with pytest.raises(NothingLeftError, match=r"None of 2 clips can be used \(.*no_face: 1"):
        run(tmp_path, ["00"])
    assert not (tmp_path / "index.arrow").exists()
    assert len(pd.read_csv(tmp_path / "status.csv")) == 2


def test_labels_that_the_source_does_not_give_are_missing(tmp_path):
    shard_files(tmp_path, "00", [(f"c{i}", f"s{i}", {}) for i in range(10)])
    run(tmp_path, ["00"])
    index = read_index(tmp_path / "index.arrow")
    assert all(value is None for label in ABOUT for value in index[label])
    assert [type(row) for row in index["row"]] == [int] * 10
