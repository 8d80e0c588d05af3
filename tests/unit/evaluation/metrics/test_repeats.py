"""Repeated runs: worlds are the draws, differences are paired, and talkers are counted."""

import json

import pandas as pd
import pytest

from speech2face.base.shards import write_shard
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.metrics.repeats import tabulate_scaling, tabulate_seeds

RECALL = "s2f.retrieval.cosine.recall_at_10_percent"


def finished(run, **recalls):
    (run / "metrics").mkdir(parents=True)
    summary = {name: {"value": value, "low": value - 5, "high": value + 5, "n": 9} for name, value in recalls.items()}
    (run / "metrics" / "summary.json").write_text(json.dumps(summary))
    return run


def seeded(folder, recall, worlds=(1, 2), trainings=(1, 2), names=("default", "l1")):
    return [
        finished(
            folder / f"world-{world}" / "variants" / f"{name}-{training}", **{RECALL: recall(world, training, name)}
        )
        for world in worlds
        for training in trainings
        for name in names
    ]


def test_the_interval_is_over_worlds_and_the_difference_is_paired(tmp_path):
    # Worlds are 20 points apart and trainings 2; the variant is 3 points worse in the first world and 5 in the second.
    runs = seeded(
        tmp_path, lambda world, training, name: 40 + 20 * world + 2 * training - (name == "l1") * (1 + 2 * world)
    )
    tabulate_seeds(runs=runs, table=tmp_path / "seeds.csv")
    table = pd.read_csv(tmp_path / "seeds.csv").set_index("run")
    assert table.index.tolist() == ["default", "l1"]
    # Means of the worlds 63 and 83; t with one degree of freedom at 97.5 % is 12.706.
    assert table["R@10 %"]["default"] == "73.0 (-54.1 to 200.1)"
    assert table["R@10 % against default"]["l1"] == "-4.0 (-16.7 to +8.7)"
    assert table["R@10 %, deviation between trainings"].tolist() == [1.4, 1.4]
    assert len((tmp_path / "seeds.md").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        (lambda folder: seeded(folder, lambda *seeds: 50.0, worlds=(1,)), "two or more worlds"),
        (lambda folder: [finished(folder / "other", **{RECALL: 50.0})], "other is no run of make seeds"),
        (lambda folder: [folder / "world-1" / "variants" / "default-1"], "There is no .*summary.json"),
    ],
)
def test_runs_that_make_no_table_are_a_clear_error(tmp_path, runs, message):
    with pytest.raises(ValueError, match=message):
        tabulate_seeds(runs=runs(tmp_path), table=tmp_path / "seeds.csv")


def test_recall_stands_beside_the_number_of_training_talkers(tmp_path):
    for count in (3, 2):
        rows = [
            {"clip_id": f"{row}", "speaker_id": f"{row // 2}", "split": split, "shard": "00", "row": row}
            for row, split in enumerate(["train"] * 2 * count + ["test"] * 2)
        ]
        write_shard(finished(tmp_path / f"{count}", **{RECALL: 50.0 + count}) / "splits" / "index.arrow", INDEX, rows)
    tabulate_scaling(runs=[tmp_path / "3", tmp_path / "2"], table=tmp_path / "scaling.csv")
    table = pd.read_csv(tmp_path / "scaling.csv")
    assert table["training talkers"].tolist() == [2, 3]
    assert table["R@10 % from the voice"].tolist() == ["52.0 (47.0 to 57.0), n = 9", "53.0 (48.0 to 58.0), n = 9"]
