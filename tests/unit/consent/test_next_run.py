"""What the real workflow engine does after somebody was forgotten: everything again but the training."""

import re
import shutil
from pathlib import Path

import pytest

from speech2face.consent.forget import forget
from tests.unit.consent.conftest import SHARDS
from tests.warm_snakemake import snakemake

RESULTS, LIST = Path("results"), Path("forgotten.txt")
# The phases as the project has them, each giving what was made beforehand.
MANIFESTS = [f"talkers/{name}.manifest.arrow" for name in SHARDS]
PHASES = ("clips", "faces", "voices")
STEPS = [
    ("list_source", [], MANIFESTS),
    ("cut_clips", MANIFESTS, [f"clips/{name}.arrow" for name in SHARDS]),
    (
        "find_faces",
        [*MANIFESTS, *(f"clips/{name}.arrow" for name in SHARDS)],
        [f"faces/{name}.arrow" for name in SHARDS],
    ),
    ("measure_voices", [f"clips/{name}.arrow" for name in SHARDS], [f"voices/{name}.arrow" for name in SHARDS]),
    ("split_clips", [f"{phase}/{name}.arrow" for phase in PHASES for name in SHARDS], ["splits/index.arrow"]),
    (
        "train_encoder",
        ["splits/index.arrow", *(f"faces/{name}.arrow" for name in SHARDS)],
        ["encoder/model.safetensors", "encoder/history.json"],
    ),
    ("reconstruct", ["splits/index.arrow", "encoder/model.safetensors"], ["reconstructions/test.arrow"]),
    ("encode_trials", ["splits/index.arrow", "encoder/model.safetensors"], ["trials/lengths.arrow"]),
    ("predict", ["reconstructions/test.arrow", "faces/00.arrow", "faces/01.arrow"], ["predictions/test.arrow"]),
    ("measure", ["predictions/test.arrow", "trials/lengths.arrow"], ["metrics/summary.json"]),
    ("draw", ["metrics/summary.json", "reconstructions/test.arrow"], ["figures/triplets.png"]),
    ("write_report", ["figures/triplets.png"], ["report.html"]),
]


def rules(*arguments: str) -> list[str]:
    """Run the workflow; the names of the rules that ran or would run."""
    done = snakemake("--cores", "1", "--quiet", "rules", *arguments, folder=Path.cwd())
    assert done.returncode == 0, done.stdout + done.stderr
    return re.findall(r"^(\w+) +\d+$", done.stdout + done.stderr, re.MULTILINE)


@pytest.fixture
def worked(run):
    """The project, when the workflow has made all results."""
    shutil.move(run.project / "results", run.project / "made")
    texts = [
        f"rule {name}:\n    input: {[f'results/{file}' for file in inputs]}\n"
        f"    output: {[f'results/{file}' for file in outputs]}\n"
        f"    shell: {'; '.join(f'cp made/{file} results/{file}' for file in outputs)!r}\n"
        for name, inputs, outputs in STEPS
    ]
    (run.project / "Snakefile").write_text(
        "rule all:\n    default_target: True\n    input: 'results/report.html'\n" + "".join(texts)
    )
    assert len(rules()) == len(STEPS) + 2
    return run


def test_the_next_run_makes_measures_and_figures_again_and_trains_only_if_the_models_were_deleted(worked):
    person = worked.someone("train")
    forget(person, results=RESULTS, forgotten=LIST)
    again = {"predict", "measure", "draw", "write_report", "all", "total"}
    assert set(rules("-n")) == again
    forget(person, results=RESULTS, forgotten=LIST, delete=True)
    assert set(rules("-n")) == again | {"train_encoder", "reconstruct", "encode_trials"}
