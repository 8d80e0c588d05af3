"""The model that comes with the package: from the default run that dvc.lock records, small, and ready to answer."""

import json
import shutil

import numpy as np
import pytest

from speech2face.product.bundle.at_hand import AT_HAND, MADE, OWN, keep_at_hand, usual_bundle, versions_of_models
from speech2face.product.bundle.files import read_bundle
from speech2face.product.inference.model import load_model
from tests.conftest import ROOT
from tests.unit.product.inference.made_bundle import make_bundle
from tests.unit.product.inference.made_voice import speak

LOCK = ROOT / "dvc.lock"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundle"))


def test_it_is_the_bundle_and_says_of_which_run(bundle, tmp_path):
    keep_at_hand(bundle=bundle, lock=LOCK, commit="c0ffee", output=tmp_path)
    kept, whole = read_bundle(tmp_path), read_bundle(bundle)
    assert {**kept.config, "sha256": None} == {**whole.config, "sha256": None}
    assert json.loads((tmp_path / MADE).read_text()) == {"commit": "c0ffee", "models": versions_of_models(LOCK)}


def test_half_precision_hardly_moves_an_answer(bundle, tmp_path):
    keep_at_hand(bundle=bundle, lock=LOCK, commit="c0ffee", output=tmp_path)
    for name in ("voice_encoder", "calibration", "heads"):
        path = f"{name}.safetensors"
        assert (tmp_path / path).stat().st_size < (bundle / path).stat().st_size
    answers = []
    for folder in (bundle, tmp_path):
        with load_model(folder) as model:
            answers.append(model.face_of(speak(), 16_000))
    one, other = answers
    assert np.abs(one.picture.astype(int) - other.picture).max() <= 2
    assert other.outside.p == pytest.approx(one.outside.p, abs=0.01)
    assert one.ratios
    for name, interval in one.ratios.items():
        width = interval.high - interval.low
        assert (other.ratios[name].low, other.ratios[name].high) == pytest.approx(
            (interval.low, interval.high), abs=0.01 * width
        )


def test_the_run_of_this_folder_comes_first(bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert usual_bundle() == AT_HAND
    shutil.copytree(bundle, OWN)
    assert usual_bundle() == OWN


def test_no_version_without_a_lock_file_of_the_run(tmp_path):
    (tmp_path / "dvc.lock").write_text("stages: {}")
    with pytest.raises(ValueError, match="run make repro first"):
        versions_of_models(tmp_path / "dvc.lock")


def test_the_model_at_hand_is_of_the_recorded_run():
    assert json.loads((AT_HAND / MADE).read_text())["models"] == versions_of_models(LOCK)
    assert read_bundle(AT_HAND).config["source"] == "talkers"


def test_the_model_at_hand_is_small():
    assert sum(path.stat().st_size for path in AT_HAND.iterdir()) <= 20e6


def test_the_model_at_hand_answers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with load_model() as model:
        answer = model.face_of(speak(), 16_000)
    assert answer.world == "invented talkers"
    assert answer.picture.std() > 10
