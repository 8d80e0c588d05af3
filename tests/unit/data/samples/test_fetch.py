"""Folders of a repository are fetched whole, in parts, and by git's own hashes, however often that is interrupted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from speech2face.data.samples import fetch
from speech2face.data.samples.fetch import CheckoutError, fetch_folders, fetch_samples
from speech2face.data.sources.samples import FACES, PICTURES, VOICES
from tests.unit.data.samples.made_repository import PART, make_repository, sample_name, served
from tests.unit.data.sources.trees import settings_of

PEOPLE = 40
FOLDERS = [f"{PART}/{name}" for name in (VOICES, FACES, *PICTURES.values())]


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "samples"
    folder.mkdir()
    commit = make_repository(folder, people=PEOPLE)
    with served(folder) as address:
        yield folder, address, commit


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def test_the_folders_that_are_needed_come_whole_and_nothing_else(repository, tmp_path):
    folder, address, commit = repository
    settings = settings_of(
        "samples", {"repository": address, "commit": commit, "fetched": str(tmp_path / "got"), "parts": [PART]}
    )
    fetch_samples(settings=settings, output=tmp_path / "fetched.json")
    wanted = {name: data for name, data in files(folder).items() if name.startswith(PART)}
    assert files(tmp_path / "got") == wanted
    assert json.loads((tmp_path / "fetched.json").read_text())["files"] == len(wanted) == 6 * PEOPLE
    # Nor was what nobody needs fetched and hidden.
    assert sum(path.stat().st_size for path in (tmp_path / "got" / ".git").rglob("*") if path.is_file()) < 300_000


def test_three_interruptions_lose_nothing(repository, tmp_path):
    """The third request, then the next ones, kill the program in the middle: as a cut connection and a reboot would."""
    folder, address, commit = repository
    target, wrapper = tmp_path / "got", tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *checkout*) echo x >>{tmp_path}/calls; n=$(wc -l <{tmp_path}/calls)\n'
        f'case $n in 3|5|8) kill -9 $PPID; exit 1;; esac;; esac\nexec {_real_git()} "$@"\n'
    )
    wrapper.chmod(0o755)
    program = (
        "import sys; from pathlib import Path; from speech2face.data.samples import fetch\n"
        "fetch._AT_ONCE = 30\nfetch.fetch_folders(sys.argv[1], sys.argv[2], sys.argv[4:], Path(sys.argv[3]))"
    )
    command = [sys.executable, "-c", program, address, commit, str(target), *FOLDERS]
    path = f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}"
    kept, codes = 0, []
    for _ in range(4):
        codes.append(subprocess.run(command, env=os.environ | {"PATH": path}, capture_output=True).returncode)
        assert len(files(target)) >= kept
        kept = len(files(target))
    assert codes == [-9, -9, -9, 0]
    assert files(target) == {name: data for name, data in files(folder).items() if name.startswith(PART)}
    # Eight parts; only the three that were cut short were asked for twice.
    assert len((tmp_path / "calls").read_text().splitlines()) == 8 + 3


def _real_git() -> str:
    found = subprocess.run(["which", "git"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def test_a_damaged_file_is_fetched_again(repository, tmp_path):
    folder, address, commit = repository
    fetch_folders(address, commit, FOLDERS[:1], tmp_path)
    name = Path(PART) / VOICES / f"{sample_name(3)}.wav"
    data = bytearray((tmp_path / name).read_bytes())
    data[200] ^= 1
    (tmp_path / name).write_bytes(data)
    assert fetch_folders(address, commit, FOLDERS[:1], tmp_path) == PEOPLE
    assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_errors_say_what_is_wrong(repository, tmp_path):
    _, address, commit = repository
    with pytest.raises(CheckoutError, match=r"has no folder figures/elsewhere at commit"):
        fetch_folders(address, commit, ["figures/elsewhere"], tmp_path / "a")
    with pytest.raises(CheckoutError, match="run the same command again"):
        fetch_folders(address.replace("/samples", "/nothing"), commit, FOLDERS, tmp_path / "b")


def test_a_repository_cannot_start_a_program(tmp_path):
    with pytest.raises(CheckoutError, match="ext"):
        fetch_folders(f"ext::touch {tmp_path}/started", "0" * 40, FOLDERS, tmp_path / "c")
    assert not (tmp_path / "started").exists()
    assert fetch._AT_ONCE == 100
