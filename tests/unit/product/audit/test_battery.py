"""An audit finds what is wrong with a bundle, and finds nothing where nothing is."""

import dataclasses
import json
import re
import shutil

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import binom

from speech2face.base.files import file_sha256, write_sealed
from speech2face.cli import main
from speech2face.config import Calibration, parse
from speech2face.product.audit.battery import (
    Verdict,
    _finds_drop,
    check_coverage,
    check_curve,
    check_groups,
    check_leak,
    check_nothing,
    check_outside,
    check_shifts,
    check_worse_groups,
    check_wrong_faces,
    run_battery,
)
from speech2face.product.audit.evidence import AuditError, CalibratedPeople, Evidence, gather_evidence, shuffle
from speech2face.product.audit.write import audit_bundle
from speech2face.uncertainty.calibration.conformal import wilson
from speech2face.uncertainty.calibration.coverage import check_coverage as count_coverage
from speech2face.uncertainty.calibration.fit import Fitted, fit_calibration, fit_voices
from speech2face.uncertainty.calibration.voices import read_voices, voices_by_length
from tests.unit.product.inference.made_bundle import make_bundle
from tests.unit.uncertainty.calibration.conftest import SETTINGS
from tests.unit.uncertainty.calibration.made_people import write_people


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder as of a run: the bundle, and beside it the people that it was packed with, and a null world's."""
    folder = tmp_path_factory.mktemp("run")
    bundle = make_bundle(folder)
    (folder / "calibration").mkdir()
    (folder / "null" / "calibration").mkdir(parents=True)
    for seed, kind in enumerate(("calibration", "audit"), start=5):
        shutil.move(folder / f"{kind}.arrow", folder / "calibration")
        write_people(folder / "null" / "calibration" / f"{kind}.arrow", people=200, seed=seed, coupling=0.0)
    return bundle.parent


def test_the_page_and_the_json_say_the_same_and_nothing_is_asked_of_the_network(run, capsys):
    assert main(["audit", str(run / "bundle"), "-o", str(run / "audit")]) == 0
    told = json.loads((run / "audit" / "audit.json").read_text())
    page = (run / "audit" / "audit.html").read_text()
    assert [finding["name"] for finding in told["findings"]] == [
        "coverage", "curve", "groups", "worse_groups", "wrong_faces", "shuffled", "null_world", "leak", "outside",
        "shifts", "membership",
    ]  # fmt: skip
    assert sum(told["counts"].values()) == len(told["findings"])
    for finding in told["findings"]:
        assert finding["says"].replace("<", "&lt;") in page
    assert "http" not in page
    assert "Article 5(1)(g)" in page
    assert "does not hold" in capsys.readouterr().out
    by_name = {finding["name"]: finding for finding in told["findings"]}
    # In these people's world voices tell more of a face than sex, age and ethnicity do.
    assert by_name["leak"]["verdict"] == Verdict.FAILS
    assert by_name["wrong_faces"]["verdict"] == Verdict.HOLDS
    assert by_name["null_world"]["numbers"]["interval_holds_0"] == 1.0


def test_a_second_audit_is_the_same_bytes(run, tmp_path):
    for name in ("one", "other"):
        audit_bundle(bundle=run / "bundle", output=tmp_path / name)
    for name in ("audit.html", "audit.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_a_null_world_that_was_not_made_is_said_to_be_missing(run, tmp_path):
    audit_bundle(bundle=run / "bundle", output=tmp_path, null=tmp_path / "nowhere")
    found = {finding["name"]: finding for finding in json.loads((tmp_path / "audit.json").read_text())["findings"]}
    assert found["null_world"]["verdict"] == Verdict.UNKNOWN
    assert "make bundle OVERLAY=null" in found["null_world"]["says"]


def test_people_whom_other_encoders_heard_are_refused(run, tmp_path, capsys):
    shutil.copytree(run / "calibration", tmp_path / "people")
    write_people(tmp_path / "people" / "audit.arrow", people=200, seed=77)
    command = ["audit", str(run / "bundle"), "-o", str(tmp_path / "out"), "--people", str(tmp_path / "people")]
    assert main(command) == 1
    assert "audit.arrow is not what this bundle's voice encoders heard" in capsys.readouterr().err
    (tmp_path / "people" / "audit.arrow").unlink()
    with pytest.raises(AuditError, match=r"There is no .*audit\.arrow"):
        audit_bundle(bundle=run / "bundle", output=tmp_path / "out", people=tmp_path / "people")
    assert not (tmp_path / "out").exists()


def test_people_of_folds_are_judged_by_a_calibration_on_the_others(run, tmp_path):
    people = tmp_path / "calibration"
    shutil.copytree(run / "bundle", tmp_path / "bundle")
    config = json.loads((run / "bundle" / "config.json").read_text())
    sizes = {"folds/0/calibration": 100, "folds/0/audit": 60, "folds/1/calibration": 110, "folds/1/audit": 50}
    for seed, (kind, size) in enumerate(sizes.items(), start=11):
        # What nobody is judged by: the calibration of the other fold.
        write_people(people / f"{kind}.arrow", people=size, seed=seed)
    tables = {kind: people / f"{kind}.arrow" for kind in sizes}
    config["heard"] = {kind: file_sha256(path) for kind, path in tables.items()}
    write_sealed(tmp_path / "bundle" / "config.json", config)
    evidence = gather_evidence(tmp_path / "bundle", people, tmp_path / "nowhere", 1)
    own = evidence.own.check()
    assert [len(part.people.about) for part in evidence.own.folds] == [60, 50]
    assert len(evidence.own.people.about) == len(evidence.own.expected_faces()) == len(own.information) == 110
    assert len(evidence.shuffled.check().information) == 110
    # Each fold's people as its own calibration judges them.
    description = config["calibration"]
    settings = parse(Calibration, description["settings"], "test")
    for fold, rows in enumerate((slice(0, 60), slice(60, 110))):
        fitted = fit_calibration(tables[f"folds/{fold}/calibration"], settings, description["seed"])
        alone = CalibratedPeople.of(fitted, read_voices(tables[f"folds/{fold}/audit"], seconds=6.0)).check()
        assert np.array_equal(own.covered["age"][rows], alone.covered["age"])
        assert np.array_equal(own.told[rows], alone.told)
    # And so they are counted in coverage.json.
    calibration = tmp_path / "bundle" / "calibration.safetensors", tmp_path / "fitted.json"
    write_sealed(calibration[1], description)
    count_coverage(
        heard=[tables["folds/0/audit"], tables["folds/1/audit"]],
        calibration=calibration,
        calibrations=[tables["folds/0/calibration"], tables["folds/1/calibration"]],
        output=tmp_path / "coverage.json",
    )
    counted = json.loads((tmp_path / "coverage.json").read_text())
    assert (counted["people"], counted["folds"]) == (110, 2)
    assert counted["overall"]["age"]["value"] == pytest.approx(own.covered["age"].mean())


@pytest.fixture(scope="module")
def worlds(calibrated):
    """By the strength of the coupling, 1,000 calibration and 1,000 other people."""
    return {
        coupling: CalibratedPeople.of(fitted, read_voices(audit, seconds=6.0))
        for coupling, (fitted, _, _, audit) in calibrated.items()
    }


def evidence_of(world):
    config = {"coverage": {"nominal": 0.9, "shifts": {}}}
    return Evidence(name="made", config=config, own=world, shuffled=world, null=None)


def test_what_holds_holds(worlds):
    evidence = evidence_of(worlds[1.0])
    own = evidence.own.check()
    assert check_coverage(evidence, own).verdict == Verdict.HOLDS
    assert check_curve(evidence).verdict == Verdict.HOLDS
    assert check_wrong_faces(own, np.random.default_rng(0)).verdict == Verdict.HOLDS
    assert check_outside(own).verdict == Verdict.HOLDS


def test_intervals_that_promise_too_much_are_found(worlds, calibrated):
    fitted = calibrated[1.0][0]
    narrow = {name: value * (0.8 if ".residuals." in name else 1.0) for name, value in fitted.tensors.items()}
    world = CalibratedPeople.of(Fitted(tensors=narrow, description=fitted.description), worlds[1.0].people)
    found = check_coverage(evidence_of(world), world.check())
    assert found.verdict == Verdict.FAILS
    assert "Broken: upper lip height" in found.says
    assert check_curve(evidence_of(world)).verdict == Verdict.FAILS


def test_a_model_that_tells_the_same_of_everybody_is_about_nobody(worlds):
    own = worlds[0.0].check()
    assert check_wrong_faces(own, np.random.default_rng(0)).verdict == Verdict.FAILS
    assert check_leak(worlds[0.0], np.random.default_rng(0)).verdict == Verdict.HOLDS
    assert check_leak(worlds[1.0], np.random.default_rng(0)).verdict == Verdict.FAILS


def test_claims_without_a_voice_behind_them_are_found(worlds):
    """What was calibrated on true pairs claims something of voices that belong to others."""
    told_of = CalibratedPeople(
        model=worlds[1.0].model,
        people=shuffle(worlds[1.0].people, np.random.default_rng(0)),
    )
    assert check_nothing("null_world", "?", told_of, np.random.default_rng(0)).verdict == Verdict.FAILS
    assert check_nothing("null_world", "?", worlds[0.0], np.random.default_rng(0)).verdict == Verdict.HOLDS


def test_calibrated_on_voices_of_others_nothing_is_claimed(calibrated, worlds):
    rng = np.random.default_rng(3)
    by_length = voices_by_length(calibrated[1.0][2], SETTINGS)
    mixed = {seconds: shuffle(people, rng) for seconds, people in by_length.items()}
    world = CalibratedPeople.of(fit_voices(mixed, SETTINGS, 1), shuffle(worlds[1.0].people, rng))
    assert check_nothing("shuffled", "?", world, rng).verdict == Verdict.HOLDS


def test_people_whose_labels_nobody_knows_are_audited_by_their_faces(worlds):
    people = worlds[1.0].people
    nameless = dataclasses.replace(people, about=people.about.assign(sex=None, age=None, ethnicity=None, language=None))
    evidence = evidence_of(CalibratedPeople(model=worlds[1.0].model, people=nameless))
    own = evidence.own.check()
    found = check_coverage(evidence, own)
    assert found.verdict == Verdict.HOLDS
    assert " of 13 within" in found.says
    assert check_curve(evidence).verdict == Verdict.HOLDS
    for nobody in (check_groups(evidence, own), check_leak(evidence.own, np.random.default_rng(0))):
        assert nobody.verdict == Verdict.UNKNOWN


def test_groups_that_are_told_too_little_are_named(worlds):
    people = worlds[1.0].people
    women = (people.about["sex"] == "female").to_numpy()
    far = people.ratios + 3 * people.ratios.std(axis=0) * women[:, None]
    moved = dataclasses.replace(people, ratios=far)
    evidence = evidence_of(CalibratedPeople(model=worlds[1.0].model, people=moved))
    found = check_groups(evidence, evidence.own.check())
    assert found.verdict == Verdict.FAILS
    assert "(sex: female)" in found.says and "(sex: male)" not in found.says
    assert "Too low beyond chance" in found.says
    # Fifteen promises to women and to men, to two languages and to the age bands of a hundred and more.
    assert 60 <= int(re.search(r"of (\d+) counts", found.says)[1]) <= 150
    # 500 people are below 85 % where 90 % hold once in 4,000 counts, 100 once in 20.
    assert re.search(r"where [0-2]\.\d would be by chance", found.says)


def test_groups_that_mean_nothing_hold(worlds):
    people, rng = worlds[1.0].people, np.random.default_rng(0)
    drawn = people.about.assign(sex=None, age=None, language=rng.choice(list("abcdefg"), len(people.about)))
    evidence = evidence_of(CalibratedPeople(model=worlds[1.0].model, people=dataclasses.replace(people, about=drawn)))
    found = check_groups(evidence, evidence.own.check())
    assert found.verdict == Verdict.HOLDS, found.says
    assert "None is too low beyond chance" in found.says


def some_of(world, people, seed=0):
    """As many of the people, drawn at random."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(world.people.about))[:people])
    arrays = {name: value[rows] for name, value in vars(world.people).items() if isinstance(value, np.ndarray)}
    about = world.people.about.iloc[rows].reset_index(drop=True)
    return CalibratedPeople(model=world.model, people=dataclasses.replace(world.people, about=about, **arrays))


def halved(world, fitted):
    """The same people, with intervals of half the width."""
    narrow = {name: value * (0.5 if ".residuals." in name else 1.0) for name, value in fitted.tensors.items()}
    return CalibratedPeople.of(Fitted(tensors=narrow, description=fitted.description), world.people)


def test_a_broken_model_never_gets_that_all_holds(worlds, calibrated, seed=0):
    rng = np.random.default_rng(seed)
    whole = some_of(worlds[1.0], 150, seed)
    swapped = CalibratedPeople(model=whole.model, people=shuffle(whole.people, rng))
    few = some_of(worlds[1.0], 30, seed)
    narrow = halved(whole, calibrated[1.0][0])
    for world, broken in ((swapped, {"wrong_faces", "coverage"}), (narrow, {"coverage", "curve"})):
        verdicts = {finding.name: finding.verdict for finding in run_battery(evidence_of(world), seed)}
        assert {name for name in broken if verdicts[name] == Verdict.FAILS} == broken
    for world in (few, halved(few, calibrated[1.0][0]), some_of(swapped, 30)):
        verdicts = [finding.verdict for finding in run_battery(evidence_of(world), seed)]
        assert verdicts.count(Verdict.HOLDS) < len(verdicts) - 2


def test_few_people_measure_nothing(worlds):
    evidence = evidence_of(some_of(worlds[1.0], 30))
    own = evidence.own.check()
    for found in (check_coverage(evidence, own), check_groups(evidence, own), check_worse_groups(evidence, own)):
        assert found.verdict == Verdict.UNKNOWN, found
    assert check_outside(own).verdict == Verdict.UNKNOWN
    assert check_leak(some_of(worlds[0.0], 30), np.random.default_rng(0)).verdict == Verdict.UNKNOWN


def test_a_fall_of_ten_points_is_found_as_often_as_is_said():
    """The power that a check of fifteen counts states, by the binomial itself."""
    sure, people = ndtri(1 - 0.025 / 15), np.arange(100, 1000)
    enough = next(n for n in people if _finds_drop(0.9, n, sure))
    found = [wilson(hits, enough, sure)[1] < 0.88 for hits in range(enough + 1)]
    assert 0.8 < binom.pmf(np.arange(enough + 1), enough, 0.8)[found].sum() < 0.95


def test_a_group_whose_faces_are_told_less_is_named(worlds):
    world = worlds[1.0]
    women = (world.people.about["sex"] == "female").to_numpy()
    mixed = np.arange(len(women))
    mixed[women] = np.roll(mixed[women], 1)
    other = dataclasses.replace(
        world.people, embedding=world.people.embedding[mixed], features=world.people.features[mixed]
    )
    evidence = evidence_of(CalibratedPeople(model=world.model, people=other))
    found = check_worse_groups(evidence, evidence.own.check())
    assert found.verdict == Verdict.FAILS
    assert "sex: female" in found.says and "sex: male" not in found.says


def test_too_many_flagged_voices_are_found(worlds):
    odd = dataclasses.replace(worlds[1.0].people, sound=worlds[1.0].people.sound + 3)
    assert check_outside(CalibratedPeople(model=worlds[1.0].model, people=odd).check()).verdict == Verdict.FAILS


@pytest.mark.parametrize(
    ("least", "flagged", "verdict"),
    [(0.79, 0.89, Verdict.FAILS), (0.79, 0.91, Verdict.HOLDS), (0.81, 0.0, Verdict.HOLDS), (0.5, 0.0, Verdict.HOLDS)],
)
def test_a_shift_that_breaks_promises_has_to_be_flagged(worlds, least, flagged, verdict):
    # Half of two people is chance.
    low, high = wilson(1, 2) if least == 0.5 else wilson(round(100 * least), 100)
    table = {
        "age": {"value": least, "low": low, "high": high, "n": 100, "width": 1.0},
        "outside": {"value": flagged, "n": 100},
    }
    config = {"coverage": {"nominal": 0.9, "shifts": {"setting": table}}}
    found = check_shifts(dataclasses.replace(evidence_of(worlds[1.0]), config=config))
    assert found.verdict == verdict
    assert ("another manner of speaking" in found.says) == (verdict == Verdict.FAILS)
    assert check_shifts(evidence_of(worlds[1.0])).verdict == Verdict.UNKNOWN


def test_everybody_gets_the_voice_of_somebody_else(worlds):
    people = worlds[1.0].people
    mixed = shuffle(people, np.random.default_rng(0))
    assert not (mixed.embedding == people.embedding).all(axis=1).any()
    assert sorted(map(tuple, mixed.features)) == sorted(map(tuple, people.features))
    assert (mixed.faces == people.faces).all()
    assert mixed.about["speaker_id"].tolist() == people.about["speaker_id"].tolist()
