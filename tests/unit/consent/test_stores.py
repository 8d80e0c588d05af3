"""Copies beside the results: DVC's cache and folder remotes, logs of the workflow, folders on other disks."""

import hashlib
import shutil
from pathlib import Path

import pytest

from speech2face.base.shards import shard_of
from speech2face.consent.forget import forget
from speech2face.consent.stores import other_remotes, stored
from speech2face.data.sources.forgotten import normal_form, refuse_forgotten
from tests.unit.consent.conftest import SHARDS
from tests.unit.consent.test_forget import LIST, RESULTS, found


def store(run, folder: Path) -> None:
    """Keep all results as DVC does: under their MD5, read-only."""
    for path in sorted(run.folder.rglob("*")):
        if path.is_file():
            name = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            kept = folder / "files" / "md5" / name[:2] / name[2:]
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, kept)
            kept.chmod(0o444)


def test_copies_in_dvcs_cache_and_on_a_folder_remote_go(run, capsys):
    """Before, the exit status was 0 and `dvc checkout` brought the person back."""
    person, other = run.someone("train"), run.someone("test")
    (run.project / ".dvc").mkdir()
    (run.project / ".dvc" / "config").write_text(
        "['remote \"store\"']\n    url = ../far\n['remote \"s3\"']\n    url = s3://b\n"
    )
    store(run, run.project / ".dvc" / "cache")
    store(run, run.project / "far")
    kept = len(stored(run.project))
    same = run.folder / "clips" / f"{SHARDS[1 - shard_of(person, len(SHARDS))]}.arrow"
    forget(person, results=RESULTS, forgotten=LIST, delete=True)
    assert found(run, person) == {}
    told = capsys.readouterr().out
    assert "copies deleted from DVC's cache" in told and "not reached: s3://b" in told
    assert 0 < len(stored(run.project)) < kept
    assert not [path for path in stored(run.project) if path.stat().st_size == 5000], "a model"
    # The other shard is as it was, and so are its copies.
    assert len([path for path in stored(run.project) if path.read_bytes() == same.read_bytes()]) == 2
    assert other not in told


def test_without_dvc_there_are_no_stores(tmp_path):
    assert stored(tmp_path) == [] and other_remotes(tmp_path) == []


def test_a_phase_on_another_disk_is_followed(run, tmp_path):
    person = run.someone("train")
    for phase in ("clips", "faces"):
        (run.folder / phase).rename(tmp_path / phase)
        (run.folder / phase).symlink_to(tmp_path / phase)
    (run.folder / "loop").symlink_to(run.folder)
    forget(person, results=RESULTS, forgotten=LIST)
    assert found(run, person) == {}
    assert not any(
        person.encode() in path.read_bytes() for phase in ("clips", "faces") for path in (tmp_path / phase).iterdir()
    )


def test_logs_of_snakemake_and_of_a_cluster_are_looked_through(run):
    person = run.someone("train")
    for folder in ("log", "slurm_logs/rule_cut_clips"):
        (run.project / ".snakemake" / folder).mkdir(parents=True)
        (run.project / ".snakemake" / folder / "1.log").write_text(f"clip {person}_0 is short\n")
        (run.project / ".snakemake" / folder / "2.log").write_text("rule all\n")
    (run.project / ".snakemake" / "runs").mkdir()
    forget(person, results=RESULTS, forgotten=LIST)
    assert found(run, person) == {}
    assert len(list((run.project / ".snakemake").rglob("2.log"))) == 2


@pytest.mark.parametrize("other", ["Jose\u0301.mp4", "JOSÉ.MP4", "José (1).mp4", "josé(2).mp4", "José.mp4"])
def test_ids_are_compared_in_one_form(other):
    assert normal_form(other) == normal_form("José.mp4")


@pytest.mark.parametrize("other", ["Jose.mp4", "José (b).mp4", "José.mp3", "José 1.mp4", ""])
def test_other_ids_stay_others(other):
    assert normal_form(other) != normal_form("José.mp4")


def test_another_spelling_of_the_id_finds_the_person(run):
    person = run.someone("train")
    forget(person.upper(), results=RESULTS, forgotten=LIST)
    assert found(run, person) == {}


def test_results_that_hold_a_forgotten_person_again_are_refused(run):
    """As after `dvc checkout` of an earlier version: no run noticed."""
    person = run.someone("train")
    kept = (run.folder / "splits" / "index.arrow").read_bytes()
    forget(person, results=RESULTS, forgotten=LIST)
    tables = [run.folder / "splits" / "index.arrow", *sorted((run.folder / "clips").glob("*.arrow"))]
    refuse_forgotten(tables, LIST)
    tables[0].write_bytes(kept)
    with pytest.raises(
        ValueError, match=rf"index\.arrow holds 1 of the speakers on forgotten\.txt.*speech2face forget {person}"
    ):
        refuse_forgotten(tables, LIST)
