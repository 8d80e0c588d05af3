"""Atomic writing: a name stands for a whole file or for nothing."""

import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from speech2face.base.files import atomic_path, file_sha256, write_json, write_tensors


def test_file_appears_whole(tmp_path):
    write_json(tmp_path / "deep" / "a.json", {"b": 1, "a": "é"})
    assert (tmp_path / "deep" / "a.json").read_text(encoding="utf-8") == '{\n  "a": "é",\n  "b": 1\n}\n'
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.json"]


def test_failure_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_library_leaves_beside_its_file_goes_with_it(tmp_path):
    with atomic_path(tmp_path / "a.bin") as temporary:
        temporary.with_name(".tmp4711").write_bytes(b"left")
        temporary.write_bytes(b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_tensors_are_as_readable_as_every_other_file(tmp_path):
    write_tensors(tmp_path / "a.safetensors", {"a": np.arange(3)}, save_file, {"about": "tests"})
    write_json(tmp_path / "a.json", {})
    modes = {path.suffix: path.stat().st_mode for path in tmp_path.iterdir()}
    assert modes[".safetensors"] == modes[".json"]
    with safe_open(tmp_path / "a.safetensors", framework="numpy") as file:
        assert json.loads(file.metadata()["about"])["about"] == "tests"
        assert file.get_tensor("a").tolist() == [0, 1, 2]


def test_tensors_that_cannot_be_written_are_that_error(tmp_path):
    with pytest.raises(ValueError, match="nothing to do with the disk"):
        write_tensors(tmp_path / "a.safetensors", {}, broken)
    assert not list(tmp_path.iterdir())


def broken(tensors, path, metadata):
    """As a library fails that was given something wrong."""
    raise ValueError("nothing to do with the disk")


def test_not_a_number_is_refused(tmp_path):
    with pytest.raises(ValueError):
        write_json(tmp_path / "a.json", float("nan"))
    assert not list(tmp_path.iterdir())


def test_hash_of_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert file_sha256(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
