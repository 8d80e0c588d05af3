"""Failures against cases made by hand: who can fail, who does, how often, and who is shown."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from speech2face.base.shards import array_field, write_shard
from speech2face.config import Metrics
from speech2face.data.splits.share import INDEX
from speech2face.evaluation.metrics.attributes import fit_probes
from speech2face.evaluation.metrics.failures import KINDS, Check, Readers, find_examples, measure
from speech2face.evaluation.predictions.schema import Prediction, write_predictions

SETTINGS = Metrics(bootstrap=200, galleries=1, ranks=(1,), percentages=(1,))
LANGUAGE = {"african": "sw", "asian": "ja", "caucasian": "de"}


def face(sex: str, age: float, ethnicity: str) -> np.ndarray:
    """An embedding of a person's labels, a direction a label."""
    group = [float(ethnicity == name) for name in LANGUAGE]
    return np.array([1.0 if sex == "male" else -1.0, (age - 50) / 17, *group], np.float32)


def person(number: int, **changes: object) -> dict[str, object]:
    group = tuple(LANGUAGE)[number % 3]
    who = {"sex": ("female", "male")[number % 2], "age": 20.0 + 7 * number % 60, "ethnicity": group}
    return who | {"language": LANGUAGE[group]} | changes


def faces_of(people: pd.DataFrame) -> np.ndarray:
    return np.stack([face(*who) for who in zip(people["sex"], people["age"], people["ethnicity"], strict=True)])


@pytest.fixture
def readers() -> Readers:
    train = pd.DataFrame([person(number) for number in range(120)])
    return Readers(fit_probes(train, faces_of(train), seed=0))


def test_a_clip_fails_where_something_else_is_read(readers: Readers) -> None:
    clips = pd.DataFrame([person(0, age=40.0), person(1, age=40.0), person(2, age=40.0), person(3, age=40.0)])
    # Predictions: the first right, then another sex, another group, and far too old.
    predicted = clips.assign(
        sex=["female", "female", "female", "male"],
        ethnicity=["african", "asian", "african", "african"],
        age=[40.0, 40.0, 40.0, 65.0],
    )
    checks = readers.checks(faces_of(predicted), clips)
    assert checks["sex"].failed.tolist() == [False, True, False, False]
    assert checks["sex"].read.tolist() == predicted["sex"].tolist()
    assert checks["ethnicity"].failed.tolist() == [False, False, True, False]
    assert checks["age_too_old"].failed.tolist() == [False, False, False, True]
    assert not checks["age_too_young"].failed.any()
    assert checks["age_over_10_years"].failed.tolist() == [False, False, False, True]
    assert checks["age_too_old"].margin[3] == pytest.approx(25, abs=4)
    # Everybody speaks a language of the own group.
    assert "language" not in checks


def test_an_age_fails_beyond_ten_years_in_its_direction(readers: Readers) -> None:
    clips = pd.DataFrame([person(0, age=45.0)] * 3)
    checks = readers.checks(faces_of(clips.assign(age=[30.0, 50.0, 60.0])), clips)
    assert checks["age_too_young"].failed.tolist() == [True, False, False]
    assert checks["age_too_old"].failed.tolist() == [False, False, True]
    assert checks["age_over_10_years"].failed.tolist() == [True, False, True]


def test_a_language_fails_only_whom_it_could_mislead(readers: Readers) -> None:
    # Speaks the own group's language; another's and is read as of it; another's and is read as of a third group,
    # or rightly; a language of no group; unknown.
    clips = pd.DataFrame([person(0, ethnicity="african")] * 6).assign(language=["sw", "ja", "ja", "ja", "hi", None])
    predicted = clips.assign(ethnicity=["asian", "asian", "caucasian", "african", "asian", "asian"])
    check = readers.checks(faces_of(predicted), clips)["language"]
    assert check.can_fail.tolist() == [False, True, True, True, False, False]
    assert check.failed.tolist() == [False, True, False, False, False, False]
    assert check.by_speaker(np.array([0, 1, 1, 2, 3, 4])).tolist() == [0.5, 0]


def test_a_margin_grows_with_the_error(readers: Readers) -> None:
    clips = pd.DataFrame([person(1)] * 3)
    embeddings = faces_of(clips)
    embeddings[:, 0] = [1.0, -0.2, -1.0]
    check = readers.checks(embeddings, clips)["sex"]
    assert check.failed.tolist() == [False, True, True]
    assert check.margin[0] == pytest.approx(0)
    assert 0 < check.margin[1] < check.margin[2]


def test_the_worst_are_one_a_speaker_and_only_failures() -> None:
    every = np.ones(6, bool)
    check = Check(
        can_fail=every,
        failed=np.array([True, True, True, True, False, True]),
        read=np.zeros(6),
        margin=np.array([1.0, 3.0, 2.0, 0.5, 9.0, 2.0]),
    )
    speakers = np.array([0, 0, 1, 1, 2, 3])
    assert check.worst(speakers, 4) == [1, 2, 5]
    assert check.worst(speakers, 2) == [1, 2]
    other = Check(can_fail=every, failed=np.arange(6) == 1, read=check.read, margin=check.margin)
    assert check.apart_from(other).worst(speakers, 4) == [2, 5, 0]


def test_labels_that_are_unknown_or_untaught_are_not_read() -> None:
    train = pd.DataFrame([person(number) for number in range(60)])
    faces = faces_of(train)
    clips = pd.DataFrame([person(0), person(1)]).assign(age=[None, 40.0], sex=[None, None])
    checks = Readers(fit_probes(train, faces, seed=0)).checks(faces_of(pd.DataFrame([person(0), person(1)])), clips)
    assert set(checks) == {"ethnicity", "age_too_old", "age_too_young", "age_over_10_years"}
    assert checks["age_too_old"].can_fail.tolist() == [False, True]
    blank = train.assign(sex="male", age=None, ethnicity=None, language=None)
    assert Readers(fit_probes(blank, faces, seed=0)).checks(faces[:2], clips) == {}


@pytest.fixture
def run(tmp_path: Path) -> dict[str, Path]:
    """Eight test speakers with two clips each, of whom two speak another group's language.

    The voice says the other sex of speaker 0 in the second clip, the group of the language of speakers 6 and 7, another
    group of speaker 5 whose language does not explain it, and everybody 15 years too old.
    """
    train = [person(number) for number in range(60)]
    test = [person(number, age=30.0 + 3 * number) for number in range(8)]
    test[6]["language"] = "ja"
    test[7]["language"] = "de"
    rows = [{"speaker_id": f"a{number:02d}", "split": "train"} | who for number, who in enumerate(train)]
    rows += [{"speaker_id": f"b{number:02d}", "split": "test"} | who for number, who in enumerate(test) for _ in "12"]
    index = pd.DataFrame(rows).assign(shard="00", row=range(len(rows)))
    index["clip_id"] = [f"{name}_{row}" for name, row in zip(index["speaker_id"], index["row"], strict=True)]
    faces = faces_of(index)
    write_shard(
        tmp_path / "index.arrow",
        INDEX,
        index.reindex(columns=INDEX.names).astype(object).where(lambda known: known.notna(), None).to_dict("records"),
    )
    field = array_field("embedding", faces.shape[1], pa.float32())
    write_shard(tmp_path / "faces" / "00.arrow", pa.schema([field]), ({"embedding": row} for row in faces))
    clips = index[index["split"] == "test"].reset_index(drop=True)
    predicted = clips.assign(age=clips["age"] + 15)
    predicted.loc[1, "sex"] = "male"
    predicted.loc[10:11, "ethnicity"] = "african"
    predicted.loc[12:13, "ethnicity"] = "asian"
    predicted.loc[14:15, "ethnicity"] = "caucasian"
    methods = [Prediction.complete("s2f", faces_of(predicted)), Prediction.complete("mean_face", faces_of(clips))]
    write_predictions(tmp_path / "predictions.arrow", clips, faces_of(clips), methods)
    return {name: tmp_path / path for name, path in
            {"predictions": "predictions.arrow", "index": "index.arrow", "faces": "faces"}.items()}  # fmt: skip


def test_rates_by_hand(run: dict[str, Path]) -> None:
    measures = measure(**run, settings=SETTINGS, seed=1)
    assert measures["s2f.failures.sex.rate"].value == pytest.approx(100 * 0.5 / 8)
    assert measures["s2f.failures.ethnicity.rate"].value == pytest.approx(100 * 3 / 8)
    assert measures["s2f.failures.language.rate"].value == 100
    assert measures["s2f.failures.language.rate"].n == 2
    assert measures["s2f.failures.age_too_old.rate"].value == 100
    assert measures["s2f.failures.age_too_young.rate"].value == 0
    assert measures["s2f.failures.age_over_10_years.rate"].value == 100
    assert measures["s2f.failures.age_mean_shift_years"].value == pytest.approx(15, abs=2)
    for kind in KINDS:
        assert measures[f"faces.failures.{kind}.rate"].value == 0
    assert abs(measures["faces.failures.age_mean_shift_years"].value) < 2
    assert {name.split(".failures.")[0] for name in measures} == {"faces", "s2f"}
    assert measures == measure(**run, settings=SETTINGS, seed=1)


def test_the_shown_clips_follow_the_rule(run: dict[str, Path]) -> None:
    shown = find_examples(**run, most=3)
    of = {kind: rows["clip_id"].str[:3].tolist() for kind, rows in shown.groupby("kind")}
    assert of["sex"] == ["b00"]
    assert shown["clip_id"][0] == "b00_61"
    assert sorted(of["language"]) == ["b06", "b07"]
    # The language explains the others.
    assert of["ethnicity"] == ["b05"]
    assert len(of["age_too_old"]) == 3
    ages = shown[shown["kind"] == "age_too_old"]["margin"]
    assert ages.is_monotonic_decreasing
    assert "age_too_young" not in of
    assert shown["kind"].drop_duplicates().tolist() == [kind for kind in KINDS if kind in of]


def test_a_run_without_labels_has_no_failures(run: dict[str, Path], tmp_path: Path) -> None:
    rows = pd.DataFrame({"clip_id": ["c"], "speaker_id": ["c"], "sex": None, "age": None, "ethnicity": None})
    predictions = tmp_path / "bare.arrow"
    embedding = np.zeros((1, 5), np.float32)
    write_predictions(predictions, rows.assign(language=None), embedding, [Prediction.complete("s2f", embedding)])
    bare = run | {"predictions": predictions}
    assert measure(**bare, settings=SETTINGS, seed=1) == {}
    assert find_examples(**bare, most=3).empty
