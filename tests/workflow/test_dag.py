"""The workflow plans: every overlay, only what is needed, and clear words when something is missing."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from speech2face.config import load_config
from tests.conftest import ROOT
from tests.unit.data.sources.trees import MAKERS

SOURCES = {
    path.stem: load_config([ROOT / "config" / "config.yaml", path]).source
    for path in sorted((ROOT / "config" / "overlays").glob("*.yaml"))
}
OVERLAYS = [overlay for overlay, source in SOURCES.items() if source == "talkers"]
LAYERS = ("overlays/pairs.yaml", "variants/strong.yaml")
# Of the folder of own videos, further down: it needs models.
DATA_SETS = [overlay for overlay, source in SOURCES.items() if source not in ("talkers", "folder")]


def planned(output: str) -> dict[str, int]:
    """Rule names and counts of Snakemake's table of jobs."""
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE)}


@pytest.mark.parametrize("overlay", [None, *OVERLAYS])
def test_every_overlay_plans(project, overlay):
    files = ["--configfile", f"config/overlays/{overlay}.yaml"] if overlay else []
    jobs = planned(project.snakemake("-n", "--quiet", "rules", *files).stdout)
    shards = jobs["cut_clips"]
    assert jobs["make_talkers"] == jobs["find_faces"] == jobs["measure_voices"] == shards
    assert jobs["train_decoder"] == jobs["reconstruct"] == jobs["collect_metrics"] == jobs["write_report"] == 1
    assert jobs["judge_second"] == jobs["judge_third"] == 1
    # The run's own voice encoder, and those of the variants that figure 8 of the paper compares.
    assert jobs["train_encoder"] == 4
    assert {name for name in jobs if name.startswith("draw_")} - {"draw_portraits"} == {
        f"draw_{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")
    } - {"draw_published", "draw_scaling"}  # of samples, which come with pictures of others; of folds in closed form


def test_samples_are_fetched_unless_a_checkout_is_named(project, tmp_path):
    files = ("--configfile", "config/overlays/samples.yaml")
    jobs = planned(project.snakemake("-n", "--quiet", "rules", *files).stdout)
    assert (jobs["fetch_samples"], jobs["see_samples"], jobs["draw_published"]) == (1, jobs["cut_clips"], 1)
    given = ["--config", f"samples={json.dumps(MAKERS['samples'](tmp_path))}"]
    jobs = planned(project.snakemake("-n", "--quiet", "rules", *files, *given).stdout)
    assert "fetch_samples" not in jobs
    assert jobs["draw_published"] == 1


def test_a_bundle_takes_people_without_videos_and_more_encoders(project):
    variant = ("--configfile", "config/variants/l1.yaml", "--config", 'calibration={"ensemble": 2}')
    told = project.snakemake("-n", "-p", *variant, "--", "results/variants/l1/bundle/config.json").stdout
    jobs = re.findall(r"train-encoder .*--seed (\d+) .*--weights results/variants/l1/(\S*)encoder/", told)
    assert sorted(jobs) == [("2019", ""), ("2020", "ensemble/1/"), ("2021", "ensemble/2/")]
    # All of them with the loss of the variant.
    assert told.count('"kind": "l1"') >= 3
    assert told.count("rule make_panel:") == 2 * 4
    assert "rule draw_triplets" not in told


def test_folds_have_a_bundle_of_models_of_everybody(project, tmp_path):
    given = ["--config", f"pairs={json.dumps(MAKERS['pairs'](tmp_path))}"]
    files = ("--configfile", "config/overlays/pairs.yaml")
    target = "results/pairs/audit/audit.html"
    jobs = planned(project.snakemake("-n", "--quiet", "rules", *files, *given, "--", target).stdout)
    assert jobs["collect_folds"] == jobs["calibrate"] == jobs["check_coverage"] == jobs["audit_bundle"] == 1
    # Of the folds' own models, only membership needs the encoders: the regressions of the calibration are fitted again
    # from what was embedded once.
    assert jobs["train_encoder"] == 1 + 5
    assert jobs["measure_membership"] == 1
    assert jobs["embed_speakers"] == jobs["cut_clips"]
    assert "collect_people" not in jobs

    strong = (*files, "config/variants/strong.yaml")
    target = "results/pairs/variants/strong/bundle/config.json"
    done = project.snakemake("-n", *strong, *given, "--", target, check=False)
    assert done.returncode != 0
    assert "set encoder.preset to speaker (now 'strong')" in done.stdout + done.stderr


@pytest.mark.parametrize("overlay", DATA_SETS)
def test_every_data_set_plans(project, overlay, tmp_path):
    source = SOURCES[overlay]
    given = ["--config", f"{source.replace('-', '_')}={json.dumps(MAKERS[source](tmp_path))}", "shards=3"]
    files = ["--configfile", f"config/overlays/{overlay}.yaml"]
    jobs = planned(project.snakemake("-n", "--quiet", "rules", *files, *given).stdout)
    assert jobs["list_source"] == jobs["collect_metrics"] == jobs["write_report"] == 1
    assert jobs["cut_clips"] == jobs["find_faces"] == jobs["measure_voices"] == 3
    # Once, or in every fold.
    assert jobs["train_decoder"] >= 1


@pytest.mark.parametrize("clips", [False, True])
def test_a_folder_of_portraits_lies_on_top_of_a_data_set(project, tmp_path, clips):
    (tmp_path / "faces" / "Ann_B").mkdir(parents=True)
    folder = {"pictures": str(tmp_path / "faces"), "clips": clips}
    given = [f"pairs={json.dumps(MAKERS['pairs'](tmp_path))}", f"portraits={json.dumps({'folder': folder})}"]
    files = ["config/overlays/pairs.yaml", "config/portraits/lfw.yaml"]
    targets = [f"results/pairs/folds/{fold}/portraits/index.arrow" for fold in range(2)]
    told = project.snakemake("-n", "-p", "--configfile", *files, "--config", *given, "--", *targets).stdout
    jobs = planned(told)
    assert (jobs["list_pictures"], jobs["find_portraits"], jobs["index_portraits"]) == (1, 2, 2)
    assert ("--clips results/pairs/clips/00.arrow --faces results/pairs/faces/00.arrow" in told) == clips


def test_portraits_are_drawn_of_talkers_and_cut_out_of_other_clips(project, tmp_path):
    of = {}
    given = f"pairs={json.dumps(MAKERS['pairs'](tmp_path))}"
    for files, folder in (["overlays/smoke"], "smoke"), (["overlays/pairs"], "pairs"):
        paths = [f"config/{name}.yaml" for name in files]
        target = f"results/{folder}/portraits/00.arrow"
        told = project.snakemake("-n", "--configfile", *paths, "--config", given, "--", target).stdout
        of[folder] = {name for name in planned(told) if name.endswith("_portraits")}
    assert of == {"smoke": {"draw_portraits"}, "pairs": {"find_portraits"}}
    done = project.snakemake("-n", "--configfile", "config/overlays/pairs.yaml", "--config", given,
                             'portraits={"source": "talkers"}', check=False)  # fmt: skip
    assert "portraits.source talkers needs source talkers" in done.stdout + done.stderr


# The samples are fetched.
@pytest.mark.parametrize("overlay", [overlay for overlay in DATA_SETS if SOURCES[overlay] != "samples"])
def test_a_data_set_that_is_not_there_is_one_clear_line(project, overlay):
    done = project.snakemake("-n", "--configfile", f"config/overlays/{overlay}.yaml", check=False)
    assert done.returncode != 0
    assert re.search(r"is not a folder; name the folder|There is no table", done.stdout + done.stderr)


def test_a_variant_shares_everything_but_the_voice_encoder(project):
    files = ["--configfile", "config/variants/l1.yaml"]
    told = project.snakemake("-n", *files, "--", "phase_report").stdout
    written = set(re.findall(r"output: (.*)", told))
    apart = [line for line in written if "results/variants/l1/" in line]
    assert any("results/variants/l1/encoder/model.safetensors" in line for line in apart)
    for phase in ("talkers", "clips", "faces", "voices", "splits", "decoder"):
        assert any(f"results/{phase}/" in line for line in written), phase
        assert not any(f"variants/l1/{phase}/" in line for line in written), phase


def test_a_variant_is_trained_alike_as_a_run_and_beside_one(project):
    """Both write one file, so that a difference of settings would train it again and again."""
    target = "results/smoke/variants/seconds_6/encoder/model.safetensors"
    smoke = "config/overlays/smoke.yaml"
    commands = [
        re.findall(
            r"train-encoder .*seconds_6.*", project.snakemake("-n", "-p", "--configfile", *files, "--", target).stdout
        )
        for files in ([smoke], [smoke, "config/variants/seconds_6.yaml"])
    ]
    assert commands[0] == commands[1]
    assert '"train_seconds": 6.0' in commands[0][0]


@pytest.mark.parametrize("name", ["Dad's videos", '"; touch ran; "', "$(touch ran)", "`touch ran`", "a b"])
def test_names_of_folders_are_no_part_of_a_command(tmp_path, name):
    """`VIDEOS="Dad's videos"` broke make, and a crafted name ran a command."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "bin" / "snakemake").write_text('#!/bin/sh\nfor given; do echo "<$given>"; done\n')
    (tmp_path / "bin" / "snakemake").chmod(0o700)
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    given = [f"{variable}={name.replace('$', '$$')}" for variable in ("VIDEOS", "PAIRS", "SAMPLES")]
    command = ["make", f"VENV={tmp_path}", "-o", f"{tmp_path}/ready", "bundle", *given]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    for section, field in (("folder", "videos"), ("pairs", "folder"), ("samples", "folder")):
        assert f"<{section}={json.dumps({field: name})}>" in told
    assert not (tmp_path / "ran").exists()


def test_python_may_lie_in_a_folder_with_a_blank(project, tmp_path):
    other = tmp_path / "a b" / "python"
    other.parent.mkdir()
    other.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    other.chmod(0o700)
    code = f"import sys; sys.executable = {str(other)!r}; from snakemake.cli import main; main()"
    command = [sys.executable, "-c", code, "-n", "-p", "--cores", "1", "--", "results/encoder/model.safetensors"]
    told = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=True).stdout
    assert told.count(f"'{other}' -m speech2face.cli") > 3
    assert f" {other}" not in told


@pytest.mark.parametrize("goal", ["figures", "compare"])
def test_make_puts_a_variant_on_top_of_an_overlay(goal):
    """The overlay of pairs has a voice encoder of its own; a variant that lay below it would be trained as that one."""
    told = subprocess.run(
        ["make", "-n", goal, "OVERLAY=pairs", "VARIANT=strong", "VARIANTS=strong"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.replace("$name", "strong")  # fmt: skip
    assert "--configfile config/overlays/pairs.yaml config/variants/strong.yaml" in told
    assert load_config([ROOT / "config" / name for name in ("config.yaml", *LAYERS)]).encoder.preset == "strong"


def test_a_variant_is_not_compared_with_variants(project):
    told = planned(project.snakemake("-n", "--quiet", "rules", "--configfile", "config/variants/l1.yaml").stdout)
    assert told["train_encoder"] == 1
    assert not {"encode_variants", "measure_convergence", "draw_convergence"} & told.keys()


def test_another_training_in_another_world_has_both_seeds(project):
    """As `make seeds` calls it; the variant keeps its loss, and figures that no table needs are not drawn."""
    files = ("--configfile", "config/variants/l1.yaml", "--config", "overlay=world-3", "seed=3", "variant=l1-2")
    more = ('encoder={"seed": 2}', 'figures={"shown": ["retrieval"]}')
    goal = "results/world-3/variants/l1-2/metrics/summary.json"
    told = project.snakemake("-n", "-p", *files, *more, "--", goal).stdout
    command = next(line for line in told.splitlines() if " train-encoder " in line)
    assert "--seed 2003 " in command
    assert '"kind": "l1"' in command
    assert "--seed 3 " in next(line for line in told.splitlines() if " make-talkers " in line)
    assert planned(told)["train_encoder"] == 1


def test_several_processes_are_started_by_torchrun(project):
    files = ["--config", 'encoder={"training": {"processes": 2}}']
    told = project.snakemake("-n", "-p", *files, "--", "results/encoder/model.safetensors").stdout
    assert "-m torch.distributed.run --standalone --nproc-per-node 2 -m speech2face.cli train-encoder" in told
    assert "-m speech2face.cli train-decoder" in told


def test_no_rule_depends_on_where_the_checkout_lies():
    """A parameter with a path of this machine would make every job of a moved or pulled run start again."""
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        for block in re.findall(r"^( +)params:\n((?:\1 +.*\n|\n)+)", path.read_text(), re.MULTILINE):
            assert "SPEECH2FACE" not in block[1], path.name
            assert "sys.executable" not in block[1], path.name
    common = (ROOT / "workflow" / "rules" / "common.smk").read_text()
    assert "sys.executable" not in common[common.index("def training_command") : common.index("def of_run")]


def test_planning_waits_for_no_network_and_no_renderer():
    """Every call of Snakemake reads the rules, and every `-n` of a user: what they import must be light."""
    lines = {
        line
        for path in [ROOT / "workflow" / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
        for line in re.findall(r"^from speech2face.*$", path.read_text(), re.MULTILINE)
    }
    assert len(lines) > 5
    told = "import sys; print(sorted({'torch', 'warp', 'pandas', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*sorted(lines), told])], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_rule_has_log_and_benchmark_and_code_hash():
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        text = path.read_text()
        rules = len(re.findall(r"^ *rule(?: \w+)?:", text, re.MULTILINE))
        for word in (" log:", " benchmark:", " resources:", "code=code_hash("):
            assert text.count(word) == rules, (path.name, word)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["seed=-1"], "config: seed: input should be greater than or equal to 0"),
        (["sed=1"], "config: sed: extra inputs are not permitted"),
    ],
)
def test_a_wrong_config_is_one_clear_line(project, arguments, message):
    done = project.snakemake("-n", "--config", *arguments, check=False)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr


def folder_run(project, folder: Path | str, *arguments: str):
    given = f'folder={{"videos": "{folder}"}}'
    return project.snakemake(
        "-n", "--configfile", "config/overlays/folder.yaml", "--config", given, *arguments, check=False
    )


def test_a_folder_without_trained_models_is_one_clear_line(project, tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"")
    done = folder_run(project, tmp_path)
    assert done.returncode != 0
    assert "There is no trained decoder at results/decoder/model.safetensors. Run `make figures` first" in (
        done.stdout + done.stderr
    )


@pytest.mark.parametrize(("name", "message"), [("nowhere", "is not a folder"), ("", "holds no file")])
def test_a_folder_that_is_none_or_empty_is_one_clear_line(project, tmp_path, name, message):
    for model in ("decoder", "encoder"):
        weights = project.folder / "results" / model / "model.safetensors"
        weights.parent.mkdir(parents=True, exist_ok=True)
        weights.touch()
    done = folder_run(project, tmp_path / name)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert "VIDEOS=DIR" in done.stdout + done.stderr


def test_a_list_of_segments_plans_by_shard(project, tmp_path):
    """Jobs are per shard, whatever the length of the list, and clips come from what was downloaded."""
    lines = (f"{number // 9:011d},{number % 9 * 10}.0,{number % 9 * 10 + 5}.0,0.5,0.5\n" for number in range(30_000))
    (tmp_path / "list.csv").write_text("".join(lines))
    given = ["shards=40", f'segments={{"table": "{tmp_path}/list.csv"}}']
    files = ["--configfile", "config/overlays/segments.yaml", "--config", *given, "--", "phase_features"]
    jobs = planned(project.snakemake("-n", "--quiet", "rules", *files).stdout)
    assert jobs["list_source"] == 1
    assert jobs["download_clips"] == jobs["cut_clips"] == jobs["find_faces"] == jobs["measure_voices"] == 40
