"""`speech2face verify` names what is damaged."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from speech2face.base.files import file_sha256, write_sealed, write_tensors
from speech2face.base.verify import verify


@pytest.fixture
def bundle(tmp_path):
    write_tensors(tmp_path / "decoder.safetensors", {"a": np.arange(64.0)}, save_file)
    (tmp_path / "README.md").write_text("A model.\n")
    (tmp_path / "notes.txt").write_text("mine\n")
    hashes = {name: file_sha256(tmp_path / name) for name in ("decoder.safetensors", "README.md")}
    write_sealed(tmp_path / "config.json", {"sha256": hashes})
    return tmp_path


def test_a_whole_folder_passes_and_what_was_not_checked_is_told(bundle, capsys):
    verify(bundle)
    told = capsys.readouterr().out
    assert "3 files are as they were written." in told
    assert "Not checked, since they have no checksum: 1 .txt." in told


@pytest.mark.parametrize("name", ["decoder.safetensors", "README.md", "config.json"])
def test_a_flipped_bit_is_named(bundle, name):
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 4
    (bundle / name).write_bytes(data)
    with pytest.raises(RuntimeError, match=rf"1 of \d files are damaged: .*{name}"):
        verify(bundle)


def test_a_missing_file_is_named(bundle):
    (bundle / "README.md").unlink()
    with pytest.raises(RuntimeError, match=r"README\.md is missing"):
        verify(bundle)


def test_a_folder_without_any_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no file with a checksum"):
        verify(tmp_path)
