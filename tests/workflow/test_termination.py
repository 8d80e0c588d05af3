"""SIGTERM to a whole job, as a scheduler sends it before it kills, leaves a command that saves the time to do so."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT

# Stands for a training: asked to stop, it saves for a while and says so.
COMMAND = """
import os, sys, time
from pathlib import Path
from speech2face.base.interruption import Termination
with Termination() as termination:
    Path("ready").touch()
    while not termination.requested:
        time.sleep(0.01)
    time.sleep(0.3)
    print("saved", file=sys.stderr, flush=True)
sys.exit(os.EX_TEMPFAIL)
"""


@pytest.mark.parametrize(
    ("file", "rule"),
    [("decoder", "train_decoder"), ("encoder", "train_encoder"), ("downloads", "download_clips")],
)
def test_the_shell_of_a_rule_that_saves_waits_for_it(file, rule, tmp_path):
    text = (ROOT / "workflow" / "rules" / f"{file}.smk").read_text()
    shell = text[text.index("shell:", text.index(f"rule {rule}:")) :].split("\n\n")[0]
    line = "".join(re.findall(r'^ +"(.*)"$', shell, re.MULTILINE))
    before, behind = line[: line.index("{")], line[line.index(" 2> ") :].format(log="log")
    script = f"set -euo pipefail; {before}{sys.executable} -c '{COMMAND}' {behind}"
    job = subprocess.Popen(["bash", "-c", script], cwd=tmp_path, stderr=subprocess.DEVNULL, start_new_session=True)
    for _ in range(600):
        if (tmp_path / "ready").exists():
            break
        time.sleep(0.05)
    os.killpg(job.pid, signal.SIGTERM)
    assert job.wait(timeout=30) == os.EX_TEMPFAIL
    for _ in range(100):
        if (tmp_path / "log").read_text() == "saved\n":
            break
        time.sleep(0.05)
    assert (tmp_path / "log").read_text() == "saved\n"
