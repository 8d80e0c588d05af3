"""A job on Kubernetes, with a stand-in for its API: what a pod is asked for, and that it works on the volume."""

import os
import subprocess
import sys

import pytest
import yaml

from tests.conftest import ROOT
from tests.smoke.conftest import SMOKE
from tests.smoke.kubernetes_api import cluster

pytestmark = pytest.mark.slow

PROFILE = ROOT / "profiles" / "kubernetes"


def test_a_training_runs_in_a_pod_on_the_shared_volume(finished, tmp_path, monkeypatch, in_soak):
    project = finished.copy(tmp_path / "project")
    encoder = project.folder / "results" / "smoke" / "encoder"
    for path in encoder.iterdir():
        path.unlink()
    pods = tmp_path / "pods"
    pods.mkdir()
    with cluster(pods) as kubernetes:
        monkeypatch.setenv("KUBECONFIG", str(kubernetes.config))
        monkeypatch.setenv("PYTHONPATH", "profiles/kubernetes", prepend=os.pathsep)
        # A process of its own: Snakemake finds the executor by the path that Python starts with.
        done = subprocess.run(
            [
                sys.executable, "-m", "snakemake", "--cores", "2", "--resources", "gpu=1",
                "--workflow-profile", "kubernetes", "--seconds-between-status-checks", "1", *SMOKE,
                "--", "results/smoke/encoder/model.safetensors",
            ],
            cwd=project.folder, capture_output=True, text=True, timeout=1200,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:] + kubernetes.logs()
        (job,) = kubernetes.jobs.values()
    before = finished.folder / "results" / "smoke" / "encoder"
    assert all((encoder / path.name).read_bytes() == path.read_bytes() for path in before.iterdir())
    pod = job["spec"]["template"]["spec"]
    container = pod["containers"][0]
    claim = next(volume for volume in pod["volumes"] if "persistentVolumeClaim" in volume)
    mount = next(mount for mount in container["volumeMounts"] if mount["name"] == claim["name"])
    assert (claim["persistentVolumeClaim"]["claimName"], mount["mountPath"]) == ("speech2face", "/work")
    # Kubernetes gives GPUs by limits alone.
    limits = {"cpu": "2000m", "memory": "4000M", "nvidia.com/gpu": "1", "ephemeral-storage": "1000M"}
    assert container["resources"]["limits"] == limits


def test_the_objects_of_the_cluster_fit_the_profile():
    settings = yaml.safe_load((PROFILE / "config.yaml").read_text())
    objects = {thing["kind"]: thing for thing in yaml.safe_load_all((PROFILE / "cluster.yaml").read_text())}
    claim = objects["PersistentVolumeClaim"]
    pod = objects["Pod"]["spec"]
    mounted = pod["containers"][0]["volumeMounts"][0]
    assert settings["kubernetes-volume-persistent-volumes"] == [f"{claim['metadata']['name']}:{mounted['mountPath']}"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert pod["containers"][0]["image"] == settings["container-image"]
    assert pod["serviceAccountName"] == objects["ServiceAccount"]["metadata"]["name"]
    may = {(group, kind): set(rule["verbs"]) for rule in objects["Role"]["rules"]
           for group in rule["apiGroups"] for kind in rule["resources"]}  # fmt: skip
    # What the executor calls.
    assert {"create", "delete"} <= may["batch", "jobs"]
    assert {"get"} <= may["batch", "jobs/status"]
    assert {"list", "delete"} <= may["", "pods"]
    assert {"get"} <= may["", "pods/log"]
    assert {"create", "delete"} <= may["", "secrets"]
