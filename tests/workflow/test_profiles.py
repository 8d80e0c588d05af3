"""The profiles of clusters plan: what runs there, in how many jobs, and what these ask for."""

import os
import re

import pytest
import yte

from speech2face.product.bundle.at_hand import AT_HAND
from speech2face.product.bundle.files import FACE_DECODER
from tests.conftest import ROOT

PROFILES = {path.parent.name: path for path in sorted((ROOT / "profiles").glob("*/config.yaml"))}
CLUSTERS = [name for name in PROFILES if name != "default"]


@pytest.fixture(autouse=True)
def plugin_of_kubernetes(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "profiles/kubernetes", prepend=os.pathsep)


def asked_for(plan: str, rule: str = r"\w+") -> set[str]:
    """Threads and resources of all jobs of a rule, or of all rules."""
    blocks = re.findall(rf"^ *rule {rule}:\n(?: +.*\n)+", plan, re.MULTILINE)
    return set(re.findall(r"threads: \d+|(?:gpu|nodes|runtime)=\d+", "".join(blocks)))


@pytest.mark.parametrize("profile", CLUSTERS)
def test_a_run_is_few_jobs_that_ask_for_what_they_use(project, profile):
    """Many shards ride together, and so do all figures; a training asks for a GPU a process, on one node."""
    config = ["--config", "shards=45", 'decoder={"training": {"processes": 2}}']
    options = ["--workflow-profile", profile, "--cores", "8", "--resources", "gpu=4", *config]
    plan = project.snakemake("-n", *options).stdout
    counts = {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", plan, re.MULTILINE)}
    numerous = {rule for rule, count in counts.items() if count >= 45 or rule.startswith(("draw_", "measure_"))}
    alone = re.findall(r"^rule (\w+):", plan, re.MULTILINE)
    groups = re.findall(r"Group job (\w+)", plan)
    assert not numerous & set(alone)
    assert groups.count("figures") == groups.count("predictions") == 1
    assert len(alone) + len(groups) < 30, (alone, groups)
    asked = {"threads: 4", "gpu=2"}
    assert asked_for(plan, "train_decoder") == (asked | {"nodes=1", "runtime=720"} if profile == "slurm" else asked)


def test_a_cluster_without_gpus_is_asked_for_none(project):
    profile = project.folder / "profiles" / "slurm" / "config.yaml"
    text = profile.read_text()
    assert text.count("GPUS = 4") == 1
    profile.write_text(text.replace("GPUS = 4", "GPUS = 0"))
    # With a limit above none: set, and not only kept down, which would not reach the nodes.
    plan = project.snakemake("-n", "--workflow-profile", "slurm", "--resources", "gpu=4").stdout
    profile.write_text(text)
    assert {asked for asked in asked_for(plan) if asked.startswith("gpu")} == {"gpu=0"}


@pytest.mark.parametrize("profile", CLUSTERS)
def test_what_makes_jobs_run_again_is_the_same_everywhere(profile):
    here, default = (
        yte.process_yaml(PROFILES[name].read_text(), require_use_yte=True) for name in (profile, "default")
    )
    of_the_workflow = default.keys() - {"cores", "resources"}
    assert {key: here[key] for key in of_the_workflow} == {key: default[key] for key in of_the_workflow}


def test_models_are_compared_by_content():
    """DVC copies what it records; by their times, all that was made with the same models would be made again."""
    size = yte.process_yaml(PROFILES["default"].read_text())["max-checksum-file-size"]
    decoder = AT_HAND / FACE_DECODER
    assert decoder.stat().st_size < float(size.removesuffix("MB")) * 1e6
