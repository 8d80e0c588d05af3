"""The index of portraits: nobody whom the run tests trains, and everybody else is shared out by person."""

import pandas as pd
import pytest

from speech2face.base.columns import mapped_values
from speech2face.base.shards import write_shard
from speech2face.base.status import Reason, Rejected, Status
from speech2face.data.portraits.index import index_portraits
from speech2face.data.portraits.schema import schema
from speech2face.data.splits.share import INDEX, NothingLeftError, read_index
from tests.unit.data.portraits.conftest import CONFIG

SETTINGS = CONFIG.portraits.model_copy(update={"validation": 0.25})
OF_CLIPS = {"tested": "test", "learned": "train", "held out": "validation"}


def indexed(folder, people):
    """The index of portraits of `people`, two each, in two shards; those called `bad` have no face."""
    for shard in range(2):
        rows = [
            vars(
                Status.rejected(f"{name}{shard}", Rejected(Reason.NO_FACE))
                if name == "bad"
                else Status.ok(f"{name}{shard}")
            )
            | {"speaker_id": name, "crop": f"{name}{shard}".encode()}
            for name in people
        ]
        write_shard(folder / f"0{shard}.arrow", schema(4), rows)
    clips = [
        {"clip_id": name, "speaker_id": name, "split": split, "shard": "00", "row": 0}
        for name, split in OF_CLIPS.items()
    ]
    write_shard(folder / "clips.arrow", INDEX, clips)
    index_portraits(
        folder=folder,
        shards=["00", "01"],
        clips=folder / "clips.arrow",
        settings=SETTINGS,
        seed=5,
        index=folder / "index.arrow",
        status=folder / "status.csv",
    )
    return read_index(folder / "index.arrow")


def test_who_is_in_the_clips_keeps_the_split_and_the_others_are_shared_out(tmp_path):
    found = indexed(tmp_path, [*OF_CLIPS, *(f"other{number}" for number in range(8))])
    splits = found.groupby("speaker_id")["split"].unique()
    assert (splits.str.len() == 1).all()
    assert {name: splits[name][0] for name in OF_CLIPS} == OF_CLIPS
    others = splits[splits.index.str.startswith("other")].str[0]
    assert others.value_counts().to_dict() == {"train": 6, "validation": 2}


def test_the_index_leads_to_the_rows_of_the_good_ones(tmp_path):
    found = indexed(tmp_path, ["bad", "a", "b"])
    crops = mapped_values(found, tmp_path, "crop")
    assert [crops[row].decode() for row in range(len(found))] == found["clip_id"].tolist() == ["a0", "a1", "b0", "b1"]
    status = pd.read_csv(tmp_path / "status.csv").set_index("clip_id")
    assert status.loc["bad0", "reason"] == "no_face"
    assert len(status) == 6


def test_nothing_left_says_where_the_reasons_are(tmp_path):
    with pytest.raises(NothingLeftError, match=r"None of 2 portraits can be used \(no_face: 2\); .*status.csv"):
        indexed(tmp_path, ["bad"])
