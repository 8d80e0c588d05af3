"""The whole pipeline on a tiny world, and a folder of videos through the models that it trained."""

import json
import math
import re
import tarfile
from pathlib import Path

import pandas as pd
import pytest

from speech2face.config import load_config
from speech2face.evaluation.metrics.collect import HEADLINE
from tests.conftest import ROOT, Project
from tests.smoke.conftest import SMOKE

pytestmark = pytest.mark.slow

# Only the samples come with pictures of others; only folds are fitted to parts of the people.
OF_REAL_PEOPLE = ("published", "scaling")


@pytest.fixture(scope="module")
def project(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished smoke run that these tests may change."""
    return finished.copy(tmp_path_factory.mktemp("smoke") / "project")


@pytest.fixture(scope="module")
def run(project: Project) -> Path:
    """Its results."""
    return project.folder / "results" / "smoke"


def test_every_figure_is_drawn(run):
    names = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb") if path.stem not in OF_REAL_PEOPLE)
    for kind, magic in (("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")):
        drawn = sorted((run / "figures").glob(f"*.{kind}"))
        assert [path.stem for path in drawn] == names
        assert all(path.read_bytes().startswith(magic) for path in drawn)


def test_summary_holds_the_promised_names_with_intervals(run):
    summary = json.loads((run / "metrics" / "summary.json").read_text())
    for name in (
        "s2f.retrieval.cosine.recall_at_10_percent",
        "s2f_pictures.retrieval.cosine.recall_at_10_percent",
        "f2f.retrieval.cosine.recall_at_1",
        "world.ceiling.retrieval.cosine.recall_at_10_percent",
        "chance.retrieval.recall_at_10_percent",
        "s2f.attributes.sex.accuracy",
        "s2f.faces.detected",
    ):
        assert 0 <= summary[name]["low"] <= summary[name]["value"] <= summary[name]["high"] <= 100
    for name, measure in summary.items():
        assert set(measure) == {"value", "low", "high", "n"}, name
        assert all(math.isfinite(number) for number in measure.values()), name
        assert measure["low"] <= measure["high"], name


def test_every_family_of_measures_is_in_the_summary_with_its_own_file(run):
    summary = json.loads((run / "metrics" / "summary.json").read_text())
    families = {path.stem: json.loads(path.read_text()) for path in (run / "metrics").glob("*.json")}
    del families["summary"]
    assert summary == {name: measure for family in families.values() for name, measure in family.items()}
    assert {"retrieval", "association", "leakage", "craniofacial", "convergence"} <= families.keys()
    headline = json.loads((run / "report" / "headline.json").read_text())
    assert headline == {short: summary[name]["value"] for short, name in HEADLINE.items()}
    assert all(families.values()), [name for name, family in families.items() if not family]


def test_the_page_shows_every_figure_and_finds_every_measure(run):
    page = (run / "report.html").read_text()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert (f'<section id="{path.stem}">' in page) == (path.stem not in OF_REAL_PEOPLE)
    claims = json.loads((run / "report" / "claims.json").read_text())
    # A measure that only a larger world can give: groups of people alike, talkers with another group's language.
    assert {claim["figure"] for claim in claims if "has no measure" in claim["run"]} <= {
        "matching",
        "leakage",
        "failures",
    }


def test_every_clip_has_a_status_and_speakers_stay_in_one_split(run):
    from speech2face.data.splits.share import read_index

    status = pd.read_csv(run / "splits" / "status.csv")
    assert len(status) == 48
    assert (status["status"] == "ok").mean() > 0.9
    assert read_index(run / "splits" / "index.arrow").groupby("speaker_id")["split"].nunique().max() == 1


def test_nothing_half_written_is_left(run):
    assert not [path for path in run.rglob("*") if path.name.endswith(".part")]


def test_a_second_run_does_nothing(project, run):
    assert "Nothing to be done" in project.snakemake(*SMOKE, "-n").stdout


def test_one_notebook_edited_reruns_that_figure_alone(project, run):
    path = project.folder / "notebooks" / "retrieval.ipynb"
    before = path.read_text()
    notebook = json.loads(path.read_text())
    notebook["cells"][0]["source"] = ["# Another title\n"]
    path.write_text(json.dumps(notebook))
    planned = project.snakemake(*SMOKE, "-n", "--quiet", "rules").stdout
    path.write_text(before)
    rules = {line.split()[0] for line in planned.splitlines() if re.match(r"^\w+ +\d+$", line)}
    # And the page that shows it.
    assert rules == {"draw_retrieval", "write_report", "all", "total"}


def test_from_the_features_on_the_same_seed_gives_the_same_bytes(run, tmp_path_factory, in_soak):
    """Training, decoding, metrics and figures, run again elsewhere on the same clips."""
    import shutil

    again = Project(tmp_path_factory.mktemp("again"))
    for part in ("talkers", "clips"):
        shutil.copytree(run / part, again.folder / "results" / "smoke" / part)
    again.snakemake(*SMOKE, "--touch", "--", "phase_dataset")
    again.snakemake(*SMOKE)
    for path in sorted(run.rglob("*")):
        same = again.folder / "results" / "smoke" / path.relative_to(run)
        kind = path.relative_to(run).parts[0]
        compared = ("metrics", "figures", "faces", "voices", "encoder", "decoder", "trials", "predictions", "report")
        if path.is_file() and kind in (*compared, "report.html"):
            assert path.read_bytes() == same.read_bytes(), path.name


VARIANTS = sorted(path.stem for path in (ROOT / "config" / "variants").glob("*.yaml"))


def variant(name: str) -> tuple[str, ...]:
    """The options of a smoke run whose voice encoder is that of a variant."""
    return "--configfile", "config/overlays/smoke.yaml", f"config/variants/{name}.yaml"


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_trains_on_the_data_of_the_run(project, run, name):
    folder = run / "variants" / name
    made = project.snakemake(*variant(name), "--", f"results/smoke/variants/{name}/encoder/model.safetensors")
    assert "train_decoder" not in made.stderr
    history = json.loads((folder / "encoder" / "history.json").read_text())
    # A variant has the last word: `paper` says how many epochs, the others take those of the run.
    config = load_config([ROOT / "config/config.yaml", *(ROOT / file for file in variant(name)[1:])])
    # A fit in closed form has a row for each penalty.
    rows = config.encoder.speaker.penalties if name == "speaker" else range(config.encoder.training.epochs)
    assert len(history) == len(rows)
    assert all(math.isfinite(epoch["validation_loss"]) for epoch in history)
    assert (folder / "encoder" / "model.safetensors").read_bytes() != (
        run / "encoder" / "model.safetensors"
    ).read_bytes() or name in ("hear_3", "small")  # these train as the run does
    assert sorted(path.name for path in folder.iterdir()) == ["benchmarks", "encoder"]


def test_a_variant_is_measured_apart_from_the_run_that_it_varies(project, run):
    before = (run / "metrics" / "summary.json").read_bytes()
    project.snakemake(*variant("hear_3"), "--", "results/smoke/variants/hear_3/metrics/summary.json")
    measured = json.loads((run / "variants" / "hear_3" / "metrics" / "summary.json").read_text())
    # A variant is not compared with variants of its own; which classes are confused depends on the few pictures.
    varied = re.compile(r"\.convergence\.|\.confusion\.age_band\.\d+\.\d+$")
    assert {name for name in measured if not varied.search(name)} == {
        name for name in json.loads(before) if not varied.search(name)
    }
    assert not any(".convergence." in name for name in measured)
    assert measured["f2f.retrieval.cosine.recall_at_1"] == json.loads(before)["f2f.retrieval.cosine.recall_at_1"]
    assert (run / "metrics" / "summary.json").read_bytes() == before


def test_a_folder_of_own_videos_becomes_a_figure(project, run, tmp_path):
    """Good videos are used, the others are rows with a reason."""
    with tarfile.open(run / "talkers" / "00.tar") as archive:
        for member in archive.getmembers()[:2]:
            member.name = f"own {member.name}"
            archive.extract(member, tmp_path, filter="data")
    (tmp_path / "notes.txt").write_text("not a video")
    (tmp_path / "empty.mp4").touch()
    given = f'folder={{"videos": "{tmp_path}"}}'
    folder = ("--configfile", "config/overlays/folder.yaml", "--config", given, "models=results/smoke")
    project.snakemake(*folder)
    results = project.folder / "results" / "folder"
    status = pd.read_csv(results / "splits" / "status.csv").set_index("clip_id")
    assert (status["status"] == "ok").sum() == 2
    assert status.loc["notes.txt", "reason"] == "not_media"
    assert status.loc["empty.mp4", "reason"] == "not_media"
    assert (results / "figures" / "triplets.png").stat().st_size > 10_000


def test_a_folder_with_nothing_usable_says_so_and_keeps_the_status_table(project, run, tmp_path):
    (tmp_path / "notes.txt").write_text("not a video")
    given = f'folder={{"videos": "{tmp_path}"}}'
    folder = ("--configfile", "config/overlays/folder.yaml", "--config", given, "models=results/smoke")
    done = project.snakemake(*folder, check=False)
    assert done.returncode != 0
    assert "None of 1 clips can be used (not_media: 1)" in done.stdout + done.stderr
    assert "notes.txt" in (project.folder / "results" / "folder" / "splits" / "status.csv").read_text()
