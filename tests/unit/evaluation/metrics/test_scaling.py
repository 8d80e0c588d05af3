"""Recall by the number of training pairs: more pairs tell more, and the guess beyond is no better than its line."""

import json

import numpy as np
import pyarrow as pa
import pytest

from speech2face.base.files import write_json
from speech2face.base.shards import array_field, write_shard
from speech2face.data.sources.manifest import ABOUT
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.metrics.scaling import measure
from tests.unit.evaluation.metrics.made_trials import SETTINGS

INPUTS, DIMENSION, CLIPS = 40, 16, 2
PENALTIES = (10.0, 100.0, 1000.0)


def write_run(folder, *, people, folds=3, coupling=1.0):
    """The indices of the folds, and what they are measured on: faces that the inputs tell, with noise."""
    rng = np.random.default_rng(0)
    true, world = rng.normal(size=(people, INPUTS)), rng.normal(size=(INPUTS, DIMENSION)) / np.sqrt(INPUTS)
    owner = np.repeat(np.arange(people), CLIPS)
    rows = len(owner)
    inputs = true[owner] + 1.5 * rng.normal(size=(rows, INPUTS))
    faces = coupling * true[owner] @ world + 1.0 * rng.normal(size=(people, DIMENSION))[owner]
    for name, column, values in (("speakers", "inputs", inputs), ("faces", "embedding", faces)):
        schema = pa.schema([array_field(column, values.shape[1], pa.float32())])
        write_shard(folder / name / "00.arrow", schema, [{column: row.astype(np.float32)} for row in values])
    paths = []
    for fold in range(folds):
        index = [
            {
                **dict.fromkeys(ABOUT),
                "clip_id": f"p{person:03d}_{row}",
                "speaker_id": f"p{person:03d}",
                "split": "test" if person % folds == fold else "train",
                "shard": "00",
                "row": row,
            }
            for row, person in enumerate(owner)
        ]
        paths.append(folder / f"{fold}.arrow")
        write_shard(paths[-1], INDEX, index)
    history = folder / "history.json"
    history.write_text(json.dumps([{"penalty": penalty} for penalty in PENALTIES]))
    return {"folds": paths, "speakers": folder / "speakers", "faces": folder / "faces", "history": history}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    run = write_run(tmp_path_factory.mktemp("scaling"), people=180)
    return measure(**run, settings=SETTINGS, seed=0)


def test_measures_are_written(found, tmp_path):
    write_json(tmp_path / "scaling.json", {name: figure.as_dict() for name, figure in found.items()})
    assert json.loads((tmp_path / "scaling.json").read_text()).keys() == found.keys()


def test_parts_are_doubled_up_to_all_pairs(found):
    # Two thirds of 180 people train, with two clips each: 240 pairs.
    sizes = [name.split(".")[2] for name in found if name.startswith("s2f.scaling.") and "guess" not in name]
    assert sizes == ["50", "100", "200", "240"]


def test_more_pairs_tell_more_and_the_guess_goes_on_from_there(found):
    few, some, whole = (found[f"s2f.scaling.{pairs}.recall_at_10_percent"] for pairs in (50, 100, 240))
    assert 10 < few.value < some.value < whole.value
    assert whole.n == 180
    guesses = [found[f"s2f.scaling.guess.{pairs}.recall_at_10_percent"] for pairs in (1300, 10_000, 1_700_000)]
    assert whole.value < guesses[0].value < guesses[1].value < guesses[2].value <= 100
    assert all(guess.low < guess.value <= guess.high for guess in guesses)
    # From 240 pairs 1,300 are farther than 240 from 50.
    assert guesses[0].high - guesses[0].low > 0.5 * (whole.high - whole.low)


def test_without_a_coupling_no_number_of_pairs_helps(tmp_path):
    found = measure(**write_run(tmp_path, people=120, coupling=0.0), settings=SETTINGS, seed=0)
    measured = [value for name, value in found.items() if name.startswith("s2f.scaling.") and "guess" not in name]
    assert all(value.low <= 12 and value.high >= 8 for value in measured), measured
    # The interval of the guess knows that the line may as well fall.
    guess = found["s2f.scaling.guess.1300.recall_at_10_percent"]
    assert guess.low <= 12 and guess.high >= 8


def test_the_test_people_are_the_same_for_every_number_and_seed_gives_the_same(tmp_path):
    run = write_run(tmp_path, people=40)
    once, again = (measure(**run, settings=SETTINGS, seed=3) for _ in range(2))
    assert once == again
    assert {value.n for value in once.values()} == {40}


def test_a_run_of_a_few_people_has_one_point_and_no_guess(tmp_path):
    found = measure(**write_run(tmp_path, people=6), settings=SETTINGS, seed=0)
    assert list(found) == ["s2f.scaling.8.recall_at_10_percent", "chance.scaling.recall_at_10_percent"]
