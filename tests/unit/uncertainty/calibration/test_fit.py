"""What is promised holds for other people; where voices say nothing, nothing is claimed."""

import json

import numpy as np
import pytest

from speech2face.evaluation.metrics.proportions import RATIOS
from speech2face.uncertainty.calibration.coverage import CoverageCheck, check_coverage
from speech2face.uncertainty.calibration.fit import fit_calibration
from speech2face.uncertainty.calibration.judgement import FaceDistribution, VoiceFeatures
from speech2face.uncertainty.calibration.voices import read_voices, voices_by_length
from tests.unit.uncertainty.calibration.conftest import SETTINGS
from tests.unit.uncertainty.calibration.made_people import write_people


def coverage_of(calibrated, coupling, tmp_path, heard=None):
    from safetensors.numpy import save_file

    from speech2face.base.files import write_sealed, write_tensors

    fitted, _, _, audit = calibrated[coupling]
    arrays = {name: np.ascontiguousarray(value, np.float32) for name, value in fitted.tensors.items()}
    write_tensors(tmp_path / "model.safetensors", arrays, save_file)
    write_sealed(tmp_path / "config.json", fitted.description)
    files = [tmp_path / "model.safetensors", tmp_path / "config.json"]
    check_coverage(heard=[heard or audit], calibration=files, calibrations=(), output=tmp_path / "coverage.json")
    return json.loads((tmp_path / "coverage.json").read_text())


def coverage_rows(table):
    return {name: row for name, row in table.items() if name not in ("outside", "information")}


def test_sets_and_intervals_cover_as_promised(calibrated, tmp_path):
    coverage = coverage_of(calibrated, 1.0, tmp_path)
    rows = coverage_rows(coverage["overall"])
    assert set(rows) == {"sex", "age", *(ratio.name for ratio in RATIOS)}
    # Fifteen shares of 1,000 people, each with a standard error of 1.3 % with that of the calibration.
    assert all(0.86 <= row["value"] <= 0.94 for row in rows.values()), rows
    assert 0.885 <= np.mean([row["value"] for row in rows.values()]) <= 0.915
    # What is known is narrower than what is not.
    assert all(row["width"] < 0.95 * row["nothing"] for row in rows.values())
    for group in coverage["groups"].values():
        for table in group.values():
            assert all(row["value"] >= 0.8 for row in coverage_rows(table).values() if row["n"] >= 100)
    assert set(coverage["lengths"]) == {"1", "6"}
    assert coverage["lengths"]["1"]["jaw_width"]["width"] > coverage["lengths"]["6"]["jaw_width"]["width"]
    assert coverage["overall"]["outside"]["value"] <= 0.05


def test_age_is_covered_at_every_age_and_sex_in_every_band(calibrated):
    """An interval around what is expected would hold for two thirds of the youngest and oldest: that lies inwards."""
    _, model, _, audit = calibrated[1.0]
    people = read_voices(audit, seconds=1.0)
    ages = people.about["age"].to_numpy()
    checked = CoverageCheck(model, people)
    for rows in np.array_split(np.argsort(ages), 8):
        # 125 people: two and a half standard errors, and that of the calibration.
        assert checked.covered["age"][rows].mean() >= 0.82
        assert checked.covered["sex"][rows].mean() >= 0.82


def test_bits_are_what_the_true_faces_say(calibrated, tmp_path):
    coverage = coverage_of(calibrated, 1.0, tmp_path)
    told = coverage["overall"]["information"]
    assert told["told"] > 2
    assert told["expected"] == pytest.approx(told["told"], rel=0.1)
    assert coverage["lengths"]["1"]["information"]["expected"] < told["expected"]


def test_voices_that_say_nothing_claim_nothing(calibrated, tmp_path):
    coverage = coverage_of(calibrated, 0.0, tmp_path)
    _, model, _, audit = calibrated[0.0]
    for row in coverage_rows(coverage["overall"]).values():
        assert row["width"] == pytest.approx(row["nothing"], rel=0.05)
    people = read_voices(audit, seconds=6.0)
    for row in range(0, len(people.about), 20):
        judgement = model.judge(people.voice(row))
        line = judgement.information
        assert line.low <= 0 <= line.high
        assert line.value < 0.1
        assert np.allclose(judgement.face.covariance, np.eye(12), atol=0.05)


def test_voices_from_elsewhere_are_flagged(calibrated, tmp_path):
    write_people(tmp_path / "odd.arrow", people=60, seed=9, odd=3.0)
    coverage = coverage_of(calibrated, 1.0, tmp_path, tmp_path / "odd.arrow")
    assert coverage["overall"]["outside"]["value"] >= 0.95


def test_the_same_people_give_the_same_bytes(calibrated):
    fitted, _, calibration, _ = calibrated[1.0]
    again = fit_calibration(calibration, SETTINGS, 1)
    assert again.description == fitted.description
    assert all((again.tensors[name] == value).all() for name, value in fitted.tensors.items())


def test_samples_have_the_mean_and_covariance_that_they_are_drawn_from(calibrated):
    _, model, _, audit = calibrated[1.0]
    face = model.face(read_voices(audit, seconds=6.0).voice(0))
    drawn = face.sample(20_000, np.random.default_rng(0))
    assert np.allclose(drawn.mean(axis=0), face.mean, atol=0.05)
    assert np.allclose(np.cov(drawn.T), face.covariance, atol=0.05)
    # And so have the embeddings, around the mean of all faces.
    embeddings = model.embeddings(drawn)
    assert np.allclose(model.components(embeddings), drawn, atol=1e-6)


def test_knowing_nothing_is_worth_no_bit():
    nothing = FaceDistribution(mean=np.zeros(3), covariance=np.eye(3))
    assert nothing.divergence == 0
    # Of each of three components a spread of a half: a half of (1/4 - 1 + log 4), in bits.
    surer = FaceDistribution(mean=np.zeros(3), covariance=np.eye(3) / 4)
    assert surer.divergence == pytest.approx(3 * 0.5 * (0.25 - 1 + np.log(4)) / np.log(2))


def test_lengths_between_lie_between(calibrated):
    _, model, _, audit = calibrated[1.0]
    heard = read_voices(audit, seconds=6.0).voice(0)

    def width(seconds):
        judgement = model.judge(VoiceFeatures(**(vars(heard) | {"seconds": seconds})))
        return judgement.ratios["jaw_width"].width

    assert width(6.0) < width(2.5) < width(1.0)
    # Beyond what was fitted, the nearest.
    assert width(0.6) == width(1.0)
    assert width(60.0) == width(6.0)


def test_a_higher_coverage_is_a_wider_interval(calibrated):
    _, model, _, audit = calibrated[1.0]
    heard = read_voices(audit, seconds=6.0).voice(3)
    narrow, wide = (model.judge(heard, coverage).attributes["age"] for coverage in (0.5, 0.95))
    assert wide.low <= narrow.low <= narrow.typical <= narrow.high <= wide.high
    few, many = (model.judge(heard, coverage).attributes["sex"] for coverage in (0.5, 0.99))
    assert set(few.values) <= set(many.values)


def test_a_length_that_nobody_spoke_for_is_left_out(tmp_path):
    """As 10 s of clips that are 6 s long."""
    write_people(tmp_path / "some.arrow", people=40, seed=1)
    settings = SETTINGS.model_copy(update={"lengths": (1.0, 6.0, 10.0)})
    assert list(voices_by_length(tmp_path / "some.arrow", settings)) == [1.0, 6.0]


def test_too_few_people_are_one_clear_error(tmp_path):
    write_people(tmp_path / "few.arrow", people=12, seed=1)
    with pytest.raises(ValueError, match=r"few\.arrow has too few people"):
        fit_calibration(tmp_path / "few.arrow", SETTINGS, 1)
