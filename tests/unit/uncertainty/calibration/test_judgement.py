"""A judgement says everything of a voice at once, and computes the face once."""

import numpy as np
import pytest

from speech2face.base.estimates import Interval, PredictionSet
from speech2face.evaluation.metrics.craniofacial import RATIOS
from speech2face.uncertainty.calibration.fit import fit_calibration
from speech2face.uncertainty.calibration.model import CalibrationModel
from speech2face.uncertainty.calibration.voices import read_voices
from tests.unit.uncertainty.calibration.conftest import SETTINGS
from tests.unit.uncertainty.calibration.made_people import write_people


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A small calibration, and the voice of somebody else."""
    folder = tmp_path_factory.mktemp("judged")
    for seed, kind in enumerate(("calibration", "audit")):
        write_people(folder / f"{kind}.arrow", people=80, seed=seed)
    fitted = fit_calibration(folder / "calibration.arrow", SETTINGS, 1)
    model = CalibrationModel(fitted.tensors, fitted.description)
    return model, read_voices(folder / "audit.arrow", seconds=6.0).voice(0)


def test_a_judgement_has_all_regions(judged):
    model, voice = judged
    judgement = model.judge(voice)
    assert list(judgement.attributes) == ["sex", "age"]
    assert set(judgement.ratios) == {ratio.name for ratio in RATIOS}
    assert set(judgement.regions) == {*judgement.attributes, *judgement.ratios}
    assert {region.coverage for region in judgement.regions.values()} == {model.coverage}
    assert {region.coverage for region in model.judge(voice, 0.6).regions.values()} == {0.6}
    assert judgement.attributes["age"].unit == "years"
    assert judgement.ratios["jaw_width"].unit == "ratio"
    assert judgement.information.n == 80
    assert np.array_equal(judgement.face.mean, model.face(voice).mean)
    assert 0 < judgement.outside_p <= 1


def test_the_face_is_computed_once(judged, monkeypatch):
    model, voice = judged
    calls = []
    face = CalibrationModel.face
    monkeypatch.setattr(CalibrationModel, "face", lambda *arguments: calls.append(1) or face(*arguments))
    model.judge(voice)
    assert len(calls) == 1


def test_regions_know_what_they_cover():
    interval = Interval(low=1.0, high=3.0, unit="ratio", coverage=0.9, typical=2.0)
    assert (interval.width, interval.covers(3.0), interval.covers(3.1)) == (2.0, True, False)
    several = PredictionSet(values=("a", "b"), coverage=0.9)
    assert (several.width, several.covers("b"), several.covers("c")) == (2.0, True, False)
