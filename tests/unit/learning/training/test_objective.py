"""The splits that training reads, and the fingerprint of their clips."""

import pandas as pd
import pytest

from speech2face.base.shards import write_shard
from speech2face.data.splits.share import INDEX
from speech2face.learning.training.errors import TrainingError
from speech2face.learning.training.objective import fingerprint, learning_splits


def write_index(path, **clips):
    """An index with the given clips of each split."""
    rows = [(clip, split) for split, names in clips.items() for clip in names]
    write_shard(
        path,
        INDEX,
        [
            {"clip_id": clip, "speaker_id": clip, "split": split, "shard": "00", "row": row}
            for row, (clip, split) in enumerate(rows)
        ],
    )
    return path


def test_training_and_validation_are_read_and_the_test_split_is_not(tmp_path):
    parts = learning_splits(write_index(tmp_path / "index", train="ab", validation="c", test="d"))
    assert {split: part["clip_id"].tolist() for split, part in parts.items()} == {
        "train": ["a", "b"],
        "validation": ["c"],
    }


@pytest.mark.parametrize("split", ["train", "validation"])
def test_an_empty_split_is_named(tmp_path, split):
    index = write_index(tmp_path / "index", **({"train": "a", "validation": "b"} | {split: ""}))
    with pytest.raises(TrainingError, match=f"The {split} split of .* is empty"):
        learning_splits(index)


def test_the_fingerprint_depends_on_clips_their_order_and_their_split():
    def of(train, validation):
        return fingerprint(
            {"train": pd.DataFrame({"clip_id": train}), "validation": pd.DataFrame({"clip_id": validation})}
        )

    assert of(["a", "b"], ["c"]) == of(["a", "b"], ["c"])
    others = {of(["b", "a"], ["c"]), of(["a"], ["b", "c"]), of(["ab"], ["c"]), of(["a", "b"], ["d"])}
    assert len(others | {of(["a", "b"], ["c"])}) == 5
