"""Versions of a finished run: stored on real remotes, fetched into a fresh clone, and brought up to date."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from speech2face.config import merge
from tests.conftest import ROOT, Project
from tests.smoke import remotes

pytestmark = pytest.mark.slow

BIN = Path(sys.prefix) / "bin"
ENVIRONMENT = os.environ | {
    "PATH": f"{BIN}:{os.environ['PATH']}",
    **{f"GIT_{who}_{what}": "tests@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


class Clone(Project):
    """A clone with the default config of the smoke run."""

    def run(self, *command: str, check: bool = True) -> str:
        environment = ENVIRONMENT | {"DVC_SITE_CACHE_DIR": str(self.folder / ".dvc" / "site")}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=600)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return f"{done.returncode}\n{done.stdout}{done.stderr}"

    def make(self, goal: str, check: bool = True) -> str:
        """What people type, with the environment that runs the tests."""
        return self.run("make", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/ready", goal, check=check)

    def clone(self, folder: Path) -> "Clone":
        other = Clone.__new__(Clone)
        subprocess.run(["git", "clone", "-q", self.folder, folder], check=True)
        shutil.copy(self.folder / ".dvc" / "config.local", folder / ".dvc" / "config.local")
        other.folder = folder
        return other

    def change(self, values: dict) -> None:
        """Put single values over those of the config file."""
        path = self.folder / "config" / "config.yaml"
        path.write_text(yaml.safe_dump(merge(yaml.safe_load(path.read_text()), values), sort_keys=False))

    def remote(self, options: dict[str, str]) -> None:
        """Name another store, as docs/versions.md says, in place of the one of before."""
        (self.folder / ".dvc" / "config.local").unlink(missing_ok=True)
        for option, value in options.items():
            self.run("dvc", "remote", "modify", "--local", "store", option, value)

    def planned(self) -> set[str]:
        """The rules that a run would start."""
        told = self.snakemake("-n", "--quiet", "rules").stdout
        return {name for name, _ in re.findall(r"^(\w+) +(\d+)$", told, re.MULTILINE)} - {"all", "total"}


@pytest.fixture(scope="module")
def original(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A repository whose default run is the finished smoke run, with its version recorded and stored nowhere yet."""
    made = Clone(tmp_path_factory.mktemp("original"))
    for name in ("dvc.yaml", ".dvcignore", ".gitignore", "Makefile"):
        shutil.copy(ROOT / name, made.folder / name)
    shutil.copytree(ROOT / "src", made.folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (made.folder / ".dvc").mkdir()
    for name in ("config", ".gitignore"):
        shutil.copy(ROOT / ".dvc" / name, made.folder / ".dvc" / name)
    made.change(yaml.safe_load((ROOT / "config" / "overlays" / "smoke.yaml").read_text()) | {"overlay": ""})
    shutil.copytree(finished.folder / "results" / "smoke", made.folder / "results")
    made.run("git", "init", "-q")
    made.snakemake("--touch", "--forceall")
    made.run("dvc", "commit", "--force")
    made.run("git", "add", ".")
    made.run("git", "commit", "-qm", "A finished run")
    return made


def has_all_of(clone: Clone, original: Clone) -> bool:
    """Whether a clone has the results of the original, and nothing to do."""
    assert "Nothing to be done" in clone.snakemake("-n").stdout
    for name in ("metrics/summary.json", "encoder/model.safetensors", "figures/triplets.png"):
        mine, other = (folder / "results" / name for folder in (original.folder, clone.folder))
        assert mine.read_bytes() == other.read_bytes(), name
    return "up to date" in clone.run("dvc", "status")


SERVERS = {"s3": remotes.s3_server, "ssh": remotes.ssh_server}


@pytest.mark.parametrize("kind", SERVERS)
def test_a_fresh_clone_pulls_from_a_real_remote_and_has_nothing_to_do(original, tmp_path, kind):
    if kind == "ssh" and not remotes.SSHD.exists():
        pytest.skip("OpenSSH's server is not installed (Debian's package openssh-server)")
    with SERVERS[kind](tmp_path) as options:
        original.remote(options)
        original.make("push")
        clone = original.clone(tmp_path / "clone")
        clone.make("pull")
    assert has_all_of(clone, original)


@pytest.fixture(scope="module")
def pulled(original: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with the results of its version."""
    folder = tmp_path_factory.mktemp("pulled")
    original.remote({"url": str(folder / "store")})
    original.make("push")
    clone = original.clone(folder / "clone")
    clone.make("pull")
    return clone


def test_a_fresh_clone_pulls_from_a_folder_and_has_nothing_to_do(original, pulled):
    assert has_all_of(pulled, original)


@pytest.fixture
def clone(pulled: Clone, tmp_path: Path) -> Clone:
    """The same, to be changed."""
    copy = pulled.copy(tmp_path / "clone")
    assert isinstance(copy, Clone)
    return copy


def test_a_change_of_one_talker_makes_one_shard_anew_and_what_follows(clone):
    clone.change({"talkers": {"given": {"t00003": {"age": 70.0}}}})
    told = clone.snakemake("-n", "--quiet", "rules").stdout
    for rule in ("make_talkers", "cut_clips", "find_faces", "measure_voices", "train_encoder", "write_report"):
        found = re.search(rf"^{rule} +(\d+)$", told, re.MULTILINE)
        assert found, rule
        # The run's voice encoder and three variants.
        assert found[1] == {"train_encoder": "4"}.get(rule, "1"), rule
    assert "build_head_model" not in told


def test_a_change_of_the_figures_leaves_data_and_models_alone(clone):
    clone.change({"figures": {"triplets": 3}})
    planned = clone.planned()
    assert {"draw_triplets", "write_report"} <= planned
    assert all(name.startswith("draw_") for name in planned - {"write_report"})


def test_repro_of_an_unchanged_tree_runs_nothing(clone):
    told = clone.make("repro")
    assert "Data and pipelines are up to date" in told
    assert "Running stage" not in told


def test_results_of_other_code_are_not_blessed(original, tmp_path):
    """Touched, they would pass for what this code makes."""
    original.remote({"url": str(tmp_path / "store")})
    original.make("push")
    clone = original.clone(tmp_path / "clone")
    clone.change({"figures": {"triplets": 3}})
    told = clone.make("pull", check=False)
    assert told.startswith("2")
    assert "dvc.lock was written for other code or config" in told
    assert {"draw_triplets", "make_talkers"} <= clone.planned()


@pytest.mark.parametrize("goal", ["push", "pull"])
def test_a_remote_that_does_not_answer_is_one_clear_sentence(original, tmp_path, goal):
    clone = original.clone(tmp_path / "clone")
    # Nothing listens there, and what is not answered is not asked a second time.
    clone.remote({"url": "ssh://nobody@127.0.0.1:9/store", "timeout": "1", "password": "none"})
    if goal == "push":
        shutil.copytree(original.folder / ".dvc" / "cache", clone.folder / ".dvc" / "cache")
    told = clone.make(goal, check=False)
    assert told.startswith("2")
    assert {"push": "make push: not everything", "pull": "make pull: the remote"}[goal] in told
    assert "docs/versions.md" in told
    assert not list((clone.folder / "results").rglob("*.arrow"))


def test_what_no_rule_makes_is_named_before_it_is_stored(clone):
    clone.make("untracked")
    (clone.folder / "results" / "clips" / "mine.arrow").touch()
    told = clone.make("untracked", check=False)
    assert told.startswith("2")
    assert "No rule makes results/clips/mine.arrow" in told


def test_a_shard_fewer_leaves_nothing_of_it(clone, in_soak):
    clone.change({"shards": 1, "talkers": {"count": 2, "clips_per_talker": 1}})
    clone.run("dvc", "repro", "dataset")
    for phase in ("talkers", "clips"):
        assert not list((clone.folder / "results" / phase).glob("01.*")), phase
        assert list((clone.folder / "results" / phase).glob("00.*")), phase
    told = json.loads(clone.run("dvc", "ls", "--dvc-only", "--json", ".", "results/clips").partition("\n")[2])
    assert [entry["path"] for entry in told] == ["00.arrow"]
