"""From a finished run to a bundle, and from its bundle to an answer."""

import csv
import json
import shutil
import subprocess
import sys
import tarfile

import pytest

from speech2face.uncertainty.calibration.shifts import GRADED
from tests.smoke.conftest import SMOKE

pytestmark = pytest.mark.slow


def test_a_run_becomes_a_bundle_that_answers(finished, tmp_path_factory):
    project = finished.copy(tmp_path_factory.mktemp("bundle") / "project")
    made = project.snakemake(*SMOKE, "--", "results/smoke/audit/audit.html", "results/smoke/example/sheet.png")
    # Nothing of the run itself was made anew.
    assert not any(f"rule {name}:" in made.stderr for name in ("make_talkers", "train_decoder", "train_encoder"))
    run = project.folder / "results" / "smoke"
    coverage = json.loads((run / "calibration" / "coverage.json").read_text())
    assert set(coverage["shifts"]) == {"noise", "telephone", "language", "setting", *GRADED}
    assert set(coverage["lengths"]) == {"1", "6"}
    assert coverage["overall"]["sex"]["n"] >= 18
    assert "invented talkers" in (run / "bundle" / "README.md").read_text()

    errors = json.loads((run / "heads" / "config.json").read_text())["error_mm"]
    assert 0 < errors["face"]["value"] < errors["mean head"]["value"]
    audit = json.loads((run / "audit" / "audit.json").read_text())
    assert audit["world"] == "invented talkers"
    assert {finding["name"]: finding["verdict"] for finding in audit["findings"]}["null_world"] == "not measured"

    voices = tmp_path_factory.mktemp("voices")
    with tarfile.open(run / "talkers" / "00.tar") as archive:
        archive.extract(archive.getmembers()[0], voices, filter="data")
    (voices / "notes.txt").write_text("not a voice")
    command = [
        sys.executable,
        "-m",
        "speech2face.cli",
        "face",
        str(voices),
        "-o",
        "out",
        "--model",
        str(run / "bundle"),
    ]
    subprocess.run(command, cwd=voices.parent, check=True, timeout=300)
    out = voices.parent / "out"
    with (out / "answers.csv").open(newline="") as table:
        rows = {row["file"]: row for row in csv.DictReader(table)}
    assert rows.pop("notes.txt")["reason"] == "not_media"
    ((_, row),) = rows.items()
    assert row["status"] == "ok"
    answer = json.loads((out / row["folder"] / "answer.json").read_text())
    assert answer["world"] == "invented talkers"
    assert (out / row["folder"] / "head.glb").read_bytes().startswith(b"glTF")
    assert set(answer["sex"]["values"]) <= {"female", "male"}
    shutil.rmtree(project.folder)
