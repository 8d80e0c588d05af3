"""What was made with a model is found by hashes, wherever it lies, and goes with its own files alone."""

import json

import numpy as np
import pyarrow as pa
from safetensors.numpy import save_file

from speech2face.base.files import file_sha256, lineage, write_json, write_sealed, write_tensors
from speech2face.base.shards import write_shard
from speech2face.consent.forget import check, forget
from speech2face.consent.lineage import delete_made, made_from
from tests.unit.consent.test_forget import LIST, RESULTS, found, learned


def made(results, encoder):
    """What the workflow and people make over an encoder: table, calibration, bundle, export, audit."""
    home = results / "calibration"
    schema = pa.schema({"speaker_id": pa.string()}, metadata={"made_from": json.dumps(lineage([encoder]))})
    write_shard(home / "calibration.arrow", schema, [{"speaker_id": "somebody-else"}])
    write_tensors(home / "model.safetensors", {"a": np.arange(4.0)}, save_file)
    write_sealed(home / "config.json", {"made_from": lineage([home / "calibration.arrow"])})
    bundle = results / "bundle"
    write_tensors(bundle / "voice_encoder.safetensors", {"a": np.arange(5.0)}, save_file)
    write_sealed(bundle / "config.json", {"made_from": lineage([home / "model.safetensors"])})
    for folder, name, file in (("mine", "onnx", "decoder.onnx"), ("audit", "audit", "audit.html")):
        (results / folder).mkdir()
        (results / folder / file).write_bytes(b"a copy of tensors")
        hashes = {file: file_sha256(results / folder / file)}
        write_sealed(
            results / folder / f"{name}.json", {"sha256": hashes, "made_from": lineage([bundle / "config.json"])}
        )
    (results / "mine" / "notes.txt").write_text("mine")
    return [
        home / "calibration.arrow",
        home / "config.json",
        bundle / "config.json",
        results / "audit" / "audit.json",
        results / "mine" / "onnx.json",
    ]


def test_everything_over_a_model_is_found_and_nothing_else(tmp_path):
    for name in ("encoder", "other"):
        (tmp_path / name).write_bytes(name.encode())
    expected = made(tmp_path / "results", tmp_path / "encoder")
    write_json(tmp_path / "results" / "summary.json", {"value": 1})
    write_json(tmp_path / "results" / "history.json", [1])
    (tmp_path / "results" / "half.json").write_text("{")
    write_sealed(tmp_path / "results" / "of_other" / "config.json", {"made_from": lineage([tmp_path / "other"])})
    files = [path for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert set(made_from(files, {file_sha256(tmp_path / "encoder")})) == set(expected)
    assert made_from(files, {"0" * 64}) == []
    for path in expected:
        delete_made(path)
    left = sorted(path.relative_to(tmp_path / "results").as_posix() for path in files if path.exists())
    assert left == ["half.json", "history.json", "mine/notes.txt", "of_other/config.json", "summary.json"]


def test_delete_models_reaches_what_was_made_with_them(run, capsys):
    """Before, bundle, calibration, audit and exports stayed, and no model was known to have learned."""
    person = run.someone("train")
    expected = made(RESULTS, RESULTS / "encoder" / "model.safetensors")
    forget(person, results=RESULTS, forgotten=LIST)
    told = capsys.readouterr().out
    for path in expected[1:]:
        assert f"{path} still holds what was learned from {person} (made with it)" in told
    check(person, results=RESULTS)
    assert f"{RESULTS}/bundle/config.json still holds" in capsys.readouterr().out
    forget(person, results=RESULTS, forgotten=LIST, delete=True)
    assert not any(path.exists() for path in expected)
    assert not list(RESULTS.rglob("*.onnx")) and not list(RESULTS.rglob("*.safetensors"))
    assert (RESULTS / "mine" / "notes.txt").exists()
    assert learned(run, person) == [] and found(run, person) == {}
