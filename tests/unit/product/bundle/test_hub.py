"""A bundle goes to a hub and comes back; what comes is checked; the hub reads the card's metadata."""

import json
import os
import re
import subprocess
import sys

import pytest

from speech2face.product.bundle.files import weights_of
from tests.unit.product.bundle.hub_server import serve_hub
from tests.unit.product.inference.made_bundle import make_bundle

huggingface_hub = pytest.importorskip("huggingface_hub", reason="the extra `hub` is not installed")
NAME = "somebody/faces"
LOAD = "import sys; from speech2face import load_model; print(load_model(sys.argv[1], revision=sys.argv[2]).id)"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def hub():
    with serve_hub() as hub:
        yield hub


@pytest.fixture
def run(hub, tmp_path):
    """Runs Python as somebody who is logged in at that hub: its address is read when huggingface_hub is imported."""

    def run_python(*arguments: str, token: str = "hf_made") -> subprocess.CompletedProcess:
        given = {
            "HF_ENDPOINT": hub.address,
            "HF_HOME": str(tmp_path / "home"),
            "HF_TOKEN": token,
            "NO_PROXY": "127.0.0.1",
        }
        return subprocess.run(
            [sys.executable, *arguments], env=os.environ | given, capture_output=True, text=True, timeout=300
        )

    return run_python


def push(run, bundle, **more):
    return run("-m", "speech2face.cli", "push", NAME, "--model", str(bundle), **more)


def test_a_bundle_that_was_pushed_is_loaded_by_name_and_commit(bundle, hub, run, tmp_path):
    (bundle / "notes.txt").write_text("not part of it")
    told = push(run, bundle)
    assert told.returncode == 0, told.stderr
    found = re.fullmatch(rf'load_model\("{NAME}", revision="([0-9a-f]{{40}})"\)', told.stdout.strip().splitlines()[-1])
    assert found, told.stdout
    config = json.loads((bundle / "config.json").read_text())
    assert hub.commits[NAME][found[1]].keys() == {"config.json", "README.md", *weights_of(config)}
    assert hub.private[NAME]
    hub.commits[NAME][found[1]]["run_me.py"] = b"raise SystemExit"
    loaded = run("-c", LOAD, NAME, found[1])
    assert loaded.returncode == 0, loaded.stderr
    assert len(loaded.stdout.strip()) == 12
    # Nothing that is not a bundle's is fetched.
    assert list(tmp_path.rglob("voice_encoder.safetensors"))
    assert not list(tmp_path.rglob("run_me.py"))


def test_a_file_that_was_changed_on_the_hub_is_refused(bundle, hub, run):
    told = push(run, bundle)
    assert told.returncode == 0, told.stderr
    ((commit, files),) = hub.commits[NAME].items()
    files["face_decoder.safetensors"] = files["face_decoder.safetensors"][:-1] + b"!"
    loaded = run("-c", LOAD, NAME, commit)
    assert loaded.returncode != 0
    assert "face_decoder.safetensors is missing or is not the file" in loaded.stderr


@pytest.mark.parametrize("name", [NAME, "no name/at all"])
def test_a_model_that_the_hub_does_not_have_is_one_clear_error(run, name):
    loaded = run("-c", LOAD, name, "0" * 40)
    assert f"ModelError: The hub gave no model {name} at revision {'0' * 40}: " in loaded.stderr


def test_a_hub_that_refuses_is_one_clear_line(bundle, run):
    told = push(run, bundle, token="hf_other")
    assert told.returncode == 1
    assert re.fullmatch(rf"speech2face: The hub did not take the bundle as {NAME}: .*\n", told.stderr), told.stderr


@pytest.mark.parametrize("source", ["talkers", "folder"])
def test_the_hub_reads_the_metadata_of_the_card(bundle, tmp_path, source):
    if source != "talkers":
        bundle = make_bundle(tmp_path, source=source)
    data = huggingface_hub.ModelCard.load(bundle / "README.md").data
    assert data.license == ("apache-2.0" if source == "talkers" else "other")
    assert ("synthetic" in data.tags) == (source == "talkers")
    coverage = json.loads((bundle / "config.json").read_text())["coverage"]["overall"]["age"]["value"]
    (age,) = [result for result in data.eval_results if result.metric_name == "Coverage of age at nominal 90%"]
    assert age.metric_value == round(coverage, 4)
    assert age.dataset_name == "made people"
