"""The bundle says what it is; its card is filled from the run; its exports give the same numbers."""

import contextlib
import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from speech2face.base.files import read_sealed, write_sealed
from speech2face.base.weights import ModelError
from speech2face.learning.encoder.speaker import SpeakerVoiceEncoder
from speech2face.product.bundle.files import CALIBRATION, FORMAT, bundle_id, read_bundle
from speech2face.product.bundle.onnx import TOLERANCE, ExportError, export_onnx, solve_by_products
from speech2face.product.inference import model as model_module
from speech2face.product.inference.model import load_model
from tests.unit.product.inference.made_bundle import make_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundle"))


def test_the_id_is_that_of_the_whole(bundle, tmp_path):
    config, name = read_bundle(bundle).config, read_bundle(bundle).id
    assert name == bundle_id((bundle / "config.json").read_bytes())
    assert config["people"]["train"] == {
        "people": 12, "sex": {"female": 12}, "age": {"20": 10, "30": 2}, "language": {"de": 12}
    }  # fmt: skip
    # The same run again is the same bundle.
    again = make_bundle(tmp_path)
    assert read_bundle(again).id == name


def test_what_was_checked_is_what_is_used(bundle, tmp_path, monkeypatch):
    """A file that is exchanged once its hash was compared changes nothing."""
    shutil.copytree(bundle, tmp_path / "bundle")
    with load_model(bundle) as model:
        before = {name: tensor.clone() for name, tensor in model.decoder.state_dict().items()}
    reading = model_module.read_bundle

    def exchanged(folder):
        read = reading(folder)
        for name in read.weights:
            (folder / name).write_bytes(b"something else")
        return read

    monkeypatch.setattr(model_module, "read_bundle", exchanged)
    with load_model(tmp_path / "bundle") as model:
        after = model.decoder.state_dict()
    assert before.keys() == after.keys() and all(before[name].equal(after[name]) for name in before)


# Of the calibration, by name, the dimensions of each array; those of lengths and ratios are alike.
LAYOUT = {
    "ages": 2, "disagreement": 1, "doubt.factor": 1, "doubt.usual": 2, "face.axes": 2, "face.covariance": 2,
    "face.inverse": 2, "face.mean": 1, "face.offset": 1, "face.weights": 2, "information": 2, "outside.axes": 2,
    "outside.mean": 1, "outside.scores": 1, "outside.spread": 1, "residuals": 1, "scales.offset": 1,
    "scales.weights": 2, "sex.female": 2, "sex.male": 2, "sex.offset": 1, "sex.weights": 2, "sharpness": 1,
    "targets.offset": 1, "targets.weights": 2, "turns.axes": 2, "turns.scores": 1,
}  # fmt: skip


def test_a_format_is_a_layout(bundle):
    """Who changes the arrays raises the format: an older bundle would load, and break at the first voice."""
    arrays = load_file(str(bundle / CALIBRATION))
    found = {re.sub(r"^\d+\.|(?<=residuals)\..*", "", name): array.ndim for name, array in arrays.items()}
    assert (FORMAT, found) == (6, LAYOUT)
    assert json.loads((bundle / "config.json").read_text())["face_decoder"].keys() == {"preset", "arguments"}


def test_a_bundle_of_another_format_is_one_clear_error(bundle, tmp_path):
    write_sealed(tmp_path / "config.json", read_sealed(bundle / "config.json") | {"format": FORMAT - 1})
    with pytest.raises(ModelError, match="not of a bundle that this version reads; make it again"):
        read_bundle(tmp_path)


def test_what_onnx_cannot_hold_is_refused(monkeypatch, tmp_path):
    """Acoustics are measured outside of the network: an export would hold those of the example."""
    model = SimpleNamespace(extractor=SimpleNamespace(encoders=[SpeakerVoiceEncoder(dimension=8)]))
    monkeypatch.setattr("speech2face.product.bundle.onnx.load_model", lambda _: contextlib.nullcontext(model))
    with pytest.raises(ExportError, match=r"preset speaker .* export a bundle of another encoder\.preset"):
        export_onnx(folder=tmp_path / "onnx", bundle=tmp_path)
    assert not (tmp_path / "onnx").exists()


def test_card_is_filled(bundle):
    card = (bundle / "README.md").read_text()
    assert "{" not in card
    assert "Trained on: made people." in card
    for words in (
        "Intended use",
        "Forbidden use",
        "| sex: female | 12 |",
        "| jaw width |",
        "| 1 s |",
        "Article 5(1)(g)",
    ):
        assert words in card
    coverage = json.loads((bundle / "config.json").read_text())["coverage"]
    assert f"| age | {100 * coverage['overall']['age']['value']:.1f} %" in card
    # People who were counted, flagged or not.
    for name, table in coverage["shifts"].items():
        assert f"| shift: {name.replace('_', ' ')} | {table['age']['n']} |" in card


def test_exports_give_the_same_numbers(bundle, tmp_path, capsys):
    onnxruntime = pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    export_onnx(bundle=bundle, folder=tmp_path)
    report = json.loads((tmp_path / "onnx.json").read_text())
    assert set(report["largest_difference"]) == {"voice_encoder_1", "voice_encoder_2", "face_decoder"}
    assert max(report["largest_difference"].values()) <= TOLERANCE
    encoder = onnxruntime.InferenceSession(str(tmp_path / "voice_encoder_1.onnx"))
    with load_model(bundle) as model, torch.inference_mode():
        for samples in (8_000, 50_001, 160_000):
            wave = 0.1 * torch.randn(1, samples, generator=torch.Generator().manual_seed(samples))
            found = encoder.run(None, {encoder.get_inputs()[0].name: wave.numpy()})[0]
            assert np.abs(found - model.extractor.encoders[0](wave).numpy()).max() <= TOLERANCE
    session = onnxruntime.InferenceSession(str(tmp_path / "face_decoder.onnx"))
    picture = session.run(None, {session.get_inputs()[0].name: np.zeros((1, 12), np.float32)})[0]
    assert picture.shape == (1, 3, 32, 32)


def test_an_export_that_differs_is_an_error(bundle, tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    monkeypatch.setattr("speech2face.product.bundle.onnx.TOLERANCE", -1.0)
    with pytest.raises(ExportError, match="differs by"):
        export_onnx(bundle=bundle, folder=tmp_path)
    assert not list(tmp_path.glob("*.onnx"))


def test_products_solve_what_needs_pivots():
    chance = torch.Generator().manual_seed(0)
    system = torch.randn(3, 20, 20, generator=chance, dtype=torch.float64)
    system[:, 17:, 17:] = 0
    system[1, 0, 0] = 0
    right = torch.randn(3, 20, 2, generator=chance, dtype=torch.float64)
    assert torch.allclose(solve_by_products(system, right), torch.linalg.solve(system, right), atol=1e-6)
