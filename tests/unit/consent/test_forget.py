"""Forgetting: nothing of the person is left, everybody else is untouched, models are named, and a kill does no harm."""

import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from speech2face.base.shards import read_shard, write_shard
from speech2face.base.status import Reason, Status
from speech2face.base.workspace import Busy, alone
from speech2face.cli import main
from speech2face.consent.forget import check, forget
from speech2face.data.downloads.ledger import Ledger, Outcome
from speech2face.data.sources.forgotten import digest
from speech2face.data.sources.manifest import MANIFEST
from speech2face.data.voices.measure import SCHEMA as VOICES
from tests.conftest import ROOT
from tests.unit.consent.conftest import (
    PEOPLE,
    MadeRun,
    assert_rows_fit,
    learned,
    make_run,
    noise,
    secrets,
)

RESULTS, LIST = Path("results"), Path("forgotten.txt")


def found(run: MadeRun, person: str) -> dict[str, int]:
    """The files that hold something of a person, and how many things."""
    holding = {name: sum(secret in data for secret in secrets(person)) for name, data in run.files().items()}
    return {name: count for name, count in holding.items() if count}


@pytest.mark.parametrize("split", ["train", "validation", "calibration", "test"])
def test_no_file_has_a_name_a_face_or_a_sound_of_the_person_afterwards(run, split):
    person = run.someone(split)
    assert len(found(run, person)) > 8
    forget(person, results=RESULTS, forgotten=LIST)
    assert found(run, person) == {}


def test_shards_are_as_if_the_person_had_never_been_there(run, tmp_path):
    person = run.someone("train")
    forget(person, results=RESULTS, forgotten=LIST)
    never = make_run(tmp_path / "never", [name for name in PEOPLE if name != person])
    for phase in ("talkers", "clips", "faces", "voices", "portraits"):
        for path in sorted((run.folder / phase).iterdir()):
            assert path.read_bytes() == (never.folder / phase / path.name).read_bytes(), path.name
    # Who is tested on depends on how many people there are; what became of each clip does not.
    status = Path("splits") / "status.csv"
    assert (run.folder / status).read_bytes() == (never.folder / status).read_bytes()


def test_the_index_keeps_everybody_else_and_points_at_the_right_rows(run):
    before = run.index
    person = run.someone("train")
    forget(person, results=RESULTS, forgotten=LIST)
    others = before[before["speaker_id"] != person].reset_index(drop=True)
    pd.testing.assert_frame_equal(run.index.drop(columns="row"), others.drop(columns="row"))
    assert (run.index["row"] != others["row"]).any()
    assert_rows_fit(run)


def test_times_stay_and_what_was_made_of_all_is_gone_but_not_the_models(run):
    person = run.someone("test")
    before = {path: path.stat().st_mtime_ns for path in run.project.rglob("*") if path.is_file()}
    forget(person, results=RESULTS, forgotten=LIST)
    after = {path: path.stat().st_mtime_ns for path in run.project.rglob("*") if path.is_file()}
    assert {path: before.get(path) for path in after if path.name != LIST.name} == {
        path: time for path, time in after.items() if path.name != LIST.name
    }
    gone = {path.relative_to(run.project).as_posix() for path in before.keys() - after.keys()}
    homes = ["results", "results/variants/other"]
    of_all = [
        "predictions/test.arrow",
        "figures/triplets.png",
        "metrics/summary.json",
        "report/claims.csv",
        "report.html",
    ]
    assert gone >= {f"{home}/{name}" for home in homes for name in [*of_all, "workflow.html"]}
    assert not any(name.endswith(("model.safetensors", "steps.jsonl", "index.arrow")) for name in gone)


def test_models_that_learned_are_named_and_go_when_asked(run, capsys):
    person = run.someone("train")
    (run.folder / "encoder" / "checkpoint.safetensors").write_bytes(b"half trained")
    forget(person, results=RESULTS, forgotten=LIST)
    told = capsys.readouterr().out
    for model in ("decoder", "encoder", "variants/other/encoder"):
        assert f"results/{model}/model.safetensors still holds what was learned from {person} (3 clips, train)" in told
    assert not (run.folder / "encoder" / "checkpoint.safetensors").exists()
    check(person, results=RESULTS)
    assert "still holds" in capsys.readouterr().out
    forget(person, results=RESULTS, forgotten=LIST, delete=True)
    told = capsys.readouterr().out
    assert "is on the list forgotten.txt already" in told
    assert "; it is deleted, and the next run trains it without them" in told
    assert not list(run.folder.rglob("model.safetensors"))
    assert not list(run.folder.rglob("reconstructions/*"))
    assert not (run.project / "logs" / "encoder").exists()


def test_a_model_that_was_trained_again_holds_nothing(run):
    person, other = run.someone("train"), run.someone("validation")
    forget(person, results=RESULTS, forgotten=LIST)
    assert len(learned(run, person)) == 3
    (run.folder / "encoder" / "model.safetensors").write_bytes(b"trained again")
    forget(other, results=RESULTS, forgotten=LIST)
    assert [model.weights.parent.relative_to(run.folder).as_posix() for model in learned(run, person)] == [
        "decoder",
        "variants/other/encoder",
    ]
    assert {(model.split, model.clips) for model in learned(run, other)} == {("validation", 3)}
    assert len(learned(run, other)) == 3


@pytest.mark.parametrize("split", ["calibration", "test"])
def test_no_model_learned_from_whoever_calibrates_or_tests(run, split):
    person = run.someone(split)
    forget(person, results=RESULTS, forgotten=LIST)
    assert learned(run, person) == []


def test_of_a_cross_validation_the_models_of_other_folds_learned(run):
    """A variant has its models in folds of its own, and the splits of the run's; what gathers all folds says test."""
    person = run.someone("test")
    index = read_shard(run.folder / "splits" / "index.arrow")
    train = index.set_column(index.column_names.index("split"), "split", pa.array(["train"] * len(index)))
    for fold, table in enumerate((index, train)):
        write_shard(run.folder / "folds" / str(fold) / "splits" / "index.arrow", table.schema, table.to_pylist())
        for home in (run.folder, run.folder / "variants" / "other"):
            shutil.copytree(run.folder / "encoder", home / "folds" / str(fold) / "encoder")
    # A face encoder that came from elsewhere.
    shutil.copytree(run.folder / "encoder", run.folder / "weights" / "facenet")
    forget(person, results=RESULTS, forgotten=LIST)
    assert [model.weights.parent.relative_to(run.folder).as_posix() for model in learned(run, person)] == [
        "folds/1/encoder",
        "variants/other/folds/1/encoder",
    ]
    for fold in ("0", "1"):
        assert_rows_fit(run, Path("folds") / fold)


def test_no_model_learns_from_a_person_who_was_tested_on(run, capsys):
    person = run.someone("test")
    (run.folder / "encoder" / "checkpoint.safetensors").write_bytes(b"half trained")
    forget(person, results=RESULTS, forgotten=LIST, delete=True)
    assert f"No model is known to have learned from {person}" in capsys.readouterr().out
    assert len(list(run.folder.rglob("model.safetensors"))) == 3
    assert (run.folder / "encoder" / "checkpoint.safetensors").exists()


def test_a_person_nobody_knows_changes_nothing(run):
    before = run.files()
    with pytest.raises(ValueError, match="No run below results holds a speaker 'nobody'"):
        forget("nobody", results=RESULTS, forgotten=LIST)
    assert run.files() == before


def test_the_command_says_what_it_did_by_its_exit_code(run, capsys):
    person = run.someone("train")
    config = ["--config", str(ROOT / "config" / "config.yaml")]
    assert main(["forget", "nobody", *config]) == 1
    assert capsys.readouterr().err.startswith("speech2face: No run below results holds a speaker 'nobody'")
    assert main(["forget", person, "--check"]) == 1
    told = capsys.readouterr()
    assert f"{person} is still named in " in told.err
    assert "results/encoder/model.safetensors still holds what was learned" in told.out
    assert main(["forget", person, *config]) == 0
    assert main(["forget", person, "--check"]) == 0
    assert (run.project / "forgotten.txt").read_text() == f"{digest(person)}\n"
    # Somebody put an old copy back.
    (run.folder / "splits" / "notes.txt").write_text(f"{person}_0 was odd.")
    assert main(["forget", person, "--check"]) == 0
    (run.folder / "splits" / "notes.txt").write_text(f"{person} was odd.")
    assert main(["forget", person, *config]) == 1
    assert f"{person} is still named in results/splits/notes.txt" in capsys.readouterr().err


def test_while_the_workflow_is_at_work_nothing_is_touched(run):
    with alone(run.project):
        before = run.files()
        with pytest.raises(Busy, match="Somebody else is at work in"):
            forget(run.someone("train"), results=RESULTS, forgotten=LIST)
        assert run.files() == before


def test_a_damaged_shard_is_told_before_anything_is_touched(run):
    person = run.someone("train")
    path = run.folder / "clips" / "01.arrow"
    path.write_bytes(path.read_bytes()[:-100])
    before = run.files()
    with pytest.raises(ValueError, match=r"clips/01\.arrow is not a readable shard"):
        forget(person, results=RESULTS, forgotten=LIST)
    assert run.files() == before


def test_files_of_the_user_stay_and_downloads_go(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    person, other = PEOPLE[0], PEOPLE[1]
    run = make_run(tmp_path, PEOPLE, "own", originals=tmp_path / "videos")
    forget(person, results=RESULTS, forgotten=LIST, downloads=[Path("elsewhere")])
    assert f"left where they are, for the run did not write them: {tmp_path}/videos/{person}_0.mp4" in (
        capsys.readouterr().out
    )
    assert len(list((tmp_path / "videos").glob(f"{person}*"))) == 3
    forget(other, results=RESULTS, forgotten=LIST, downloads=[Path("videos")])
    assert not list((tmp_path / "videos").glob(f"{other}*"))
    assert len(list((tmp_path / "videos").iterdir())) == 3 * (len(run.people) - 1)


def test_two_people_of_one_downloaded_video_are_told_apart(tmp_path, monkeypatch):
    """A list may name a stretch twice, with two people in the picture; the download then renames the second clip."""
    monkeypatch.chdir(tmp_path)
    ledgers = {video: Ledger(Path("fetched"), video) for video in ("shared", "alone")}
    for video, start, end in (("shared", 0, 10), ("shared", 20, 30), ("alone", 0, 10)):
        path = ledgers[video].clip(start, end)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(noise(video, str(start)))
        ledgers[video].record(start, end, Outcome())
    listed = [("shared#0", "ann"), ("shared#0", "bob"), ("shared#20", "ann"), ("alone#0", "bob"), ("gone#0", "bob")]
    files = [*(str(ledgers["shared"].clip(0, 10)) for _ in range(2)), str(ledgers["shared"].clip(20, 30))]
    files += [str(ledgers["alone"].clip(0, 10)), "https://a.test/gone"]
    Ledger(Path("fetched"), "gone").record(0, 10, Outcome(reason=Reason.GONE))
    fetched = [(clip, who) for clip, who in listed]
    fetched[1] = ("shared#0/2", "bob")
    for phase, clips in (("sources", listed), ("downloads", fetched)):
        rows = [
            {"clip_id": clip, "speaker_id": who, "start_s": 0.0}
            | {"video": file if phase == "downloads" else f"https://a.test/{clip}"}
            for (clip, who), file in zip(clips, files, strict=True)
        ]
        write_shard(RESULTS / phase / "00.arrow", MANIFEST, rows)
    write_shard(RESULTS / "voices" / "00.arrow", VOICES, (vars(Status.ok(clip)) for clip, _ in fetched))
    forget("bob", results=RESULTS, forgotten=LIST, downloads=[Path("fetched")])
    assert read_shard(RESULTS / "voices" / "00.arrow").column("clip_id").to_pylist() == ["shared#0", "shared#20"]
    assert read_shard(RESULTS / "sources" / "00.arrow").column("speaker_id").to_pylist() == ["ann", "ann"]
    # The stretch that both are in shows bob.
    assert sorted(path.name for path in Path("fetched").rglob("*.mkv")) == ["20.000-30.000.mkv"]
    assert {path.parent.name for path in Path("fetched").rglob("outcomes.json")} == {"shared"}


def test_every_run_is_gone_through_and_others_are_left_alone(run, tmp_path, capsys):
    person = PEOPLE[5]
    second = make_run(run.project / "second", PEOPLE[:20], "second", originals=tmp_path / "videos")
    third = make_run(run.project / "third", PEOPLE[10:], "third", originals=tmp_path / "videos")
    for other in (second, third):
        shutil.move(other.folder, run.folder)
        shutil.move(other.project / "logs" / other.folder.name, run.project / "logs")
    before = {path: path.read_bytes() for path in (run.folder / "third").rglob("*") if path.is_file()}
    forget(person, results=RESULTS, forgotten=LIST)
    told = capsys.readouterr().out
    assert f"results: 3 clips of {person}, from a set" in told
    assert f"results/second: 3 clips of {person}, from a set" in told
    assert "results/third" not in told
    assert {path: path.read_bytes() for path in (run.folder / "third").rglob("*") if path.is_file()} == before
    assert found(run, person) == {}


def test_a_run_of_which_nobody_is_left_has_no_index(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path, PEOPLE[:6], "own", originals=tmp_path / "videos")
    for person in run.people:
        forget(person, results=RESULTS, forgotten=LIST)
    assert not list((run.folder / "splits").glob("*.arrow"))


def test_a_kill_at_any_time_leaves_no_wrong_rows_and_the_next_time_completes(finished, run, tmp_path, monkeypatch):
    person = run.someone("train")
    forget(person, results=RESULTS, forgotten=LIST)
    wanted = run.files()

    class Killed(BaseException):
        pass

    def dying_at(step, method):
        def replacement(*arguments, **options):
            nonlocal steps
            steps += 1
            if steps == step:
                raise Killed
            return method(*arguments, **options)

        return replacement

    replace, unlink, killed = Path.replace, Path.unlink, 0
    # Every change is a rename or a deletion.
    for step in range(1, 500, 2):
        steps = 0
        again = MadeRun(project=tmp_path / str(step), folder=tmp_path / str(step) / "results", people=run.people)
        shutil.copytree(finished.project, again.project)
        monkeypatch.chdir(again.project)
        monkeypatch.setattr(Path, "replace", dying_at(step, replace))
        monkeypatch.setattr(Path, "unlink", dying_at(step, unlink))
        try:
            forget(person, results=RESULTS, forgotten=LIST)
        except Killed:
            killed += 1
        else:
            break
        finally:
            monkeypatch.setattr(Path, "replace", replace)
            monkeypatch.setattr(Path, "unlink", unlink)
        if (again.folder / "splits" / "index.arrow").exists():
            assert_rows_fit(again)
        forget(person, results=RESULTS, forgotten=LIST)
        assert again.files() == wanted
        assert len(learned(again, person)) == 3
    assert killed > 10
    assert digest(person) in (run.project / LIST).read_text()
