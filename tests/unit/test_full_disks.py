"""A disk that is full or may not be written, for real, under every kind of file that the commands write."""

import errno
import os
import shlex
import sys
from pathlib import Path

import pytest

from speech2face.base.files import explain
from speech2face.cli import main
from speech2face.config import commands
from tests.conftest import ROOT
from tests.disks import in_namespace

WRITERS = {
    "text": "from speech2face.base.files import write_text; write_text(target, 'x' * 10**6)",
    "shard": """
import numpy, pyarrow
from speech2face.base.shards import array_field, write_shard
schema = pyarrow.schema([array_field("audio", 10_000, pyarrow.int16())])
write_shard(target, schema, ({"audio": numpy.zeros(10_000, numpy.int16)} for _ in range(50)))
""",
    # The rows that are written when the block ends: what was written before them is a whole file by its form.
    "last rows of a shard": """
import numpy, pyarrow
from speech2face.base.shards import ShardWriter, array_field
schema = pyarrow.schema([array_field("audio", 10_000, pyarrow.int16())])
with ShardWriter(target, schema, batch_rows=10) as writer:
    for _ in range(17):
        writer.append({"audio": numpy.zeros(10_000, numpy.int16)})
""",
    "tensors": """
import numpy, safetensors.numpy
from speech2face.base.files import write_tensors
write_tensors(target, {"a": numpy.zeros(10**6)}, safetensors.numpy.save_file)
""",
    "archive": """
import io, tarfile
from speech2face.base.files import atomic_path
with atomic_path(target) as temporary, tarfile.open(temporary, "w") as archive:
    member = tarfile.TarInfo("a")
    member.size = 10**6
    archive.addfile(member, io.BytesIO(bytes(10**6)))
""",
    "table": """
import pandas
from speech2face.base.files import atomic_path
with atomic_path(target) as temporary:
    pandas.DataFrame({"a": range(200_000)}).to_csv(temporary)
""",
    "figure": """
import numpy
from matplotlib.figure import Figure
from speech2face.evaluation.figures.style import save
figure = Figure(figsize=(9, 9))
figure.add_subplot().imshow(numpy.random.default_rng(0).random((900, 900)), interpolation="none")
save(figure, target.with_suffix(""))
""",
}
OF_A_TRAINING = """
from speech2face.learning.training.record import Log
with Log(target, 0) as log:
    for step in range(5_000):
        log.write(step, {"loss": 1.0})
"""
_START = "import sys, pathlib; from speech2face.base.files import explain; target = pathlib.Path(sys.argv[1])\ntry:\n"
_END = "\nexcept OSError as error:\n    sys.exit(explain(error))"


def writing(code: str, target: Path) -> list[str]:
    """A command that writes such a file and says what the command line would."""
    return [
        sys.executable,
        "-c",
        _START + "".join(f"    {line}\n" for line in code.splitlines()) + _END,
        str(target),
    ]


@pytest.mark.parametrize("kind", WRITERS)
def test_on_a_full_disk_no_file_is_there_by_half_and_the_sentence_names_it(tmp_path, kind):
    target = tmp_path / "a.png"
    told = in_namespace(writing(WRITERS[kind], target), cwd=ROOT, small={tmp_path: 300}, after=f"ls -A {tmp_path}")
    assert told == (
        f"There is no room for {target}: the disk is full. Make room, then run the same command again: "
        "what was finished is kept, and no partial file is left.\n"
    )


def test_a_training_on_a_full_disk_names_its_log(tmp_path):
    told = in_namespace(writing(OF_A_TRAINING, tmp_path / "encoder"), cwd=ROOT, small={tmp_path: 60})
    assert told == (
        f"There is no room for {tmp_path}/encoder/steps.jsonl: the disk is full. Make room, then run the same command "
        "again: what was finished is kept, and no partial file is left.\n"
    )


def test_the_command_line_says_it_in_one_sentence(tmp_path):
    command = [sys.executable, "-m", "speech2face.cli", "schema", "--output", str(tmp_path / "schema.json")]
    full = in_namespace(command, cwd=ROOT, small={tmp_path: 4}, after=f"ls -A {tmp_path}")
    assert full.startswith(f"speech2face: There is no room for {tmp_path}/schema.json: the disk is full. Make room")
    assert full.count("\n") == 1
    read_only = in_namespace(command, cwd=ROOT, read_only=[tmp_path])
    assert read_only.startswith(f"speech2face: {tmp_path}/schema.json cannot be written: it lies on a file system that")
    assert read_only.count("\n") == 1
    limited = in_namespace(["bash", "-c", f"ulimit -f 4; {shlex.join(command)}"], cwd=ROOT, after=f"ls -A {tmp_path}")
    assert limited.startswith(f"speech2face: {tmp_path}/schema.json would be larger than a file may be here. Raise")
    assert limited.count("\n") == 1


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (
            errno.EDQUOT,
            "There is no room for a.arrow: your quota is used up. Delete something, or ask for more, then run",
        ),
        (errno.EACCES, "a.arrow is not yours to read or write (Permission denied). Change its owner or mode, then run"),
        (errno.ENOENT, "[Errno 2] No such file or directory: 'a.arrow'"),
    ],
)
def test_what_the_system_says_is_said_in_the_terms_of_the_user(monkeypatch, capsys, number, sentence):
    def fail(files):
        raise OSError(number, os.strerror(number), "a.arrow")

    monkeypatch.setattr(commands, "load_config", fail)
    assert main(["check-config", "--files", "a.yaml"]) == 1
    assert capsys.readouterr().err.startswith(f"speech2face: {sentence}")


def test_an_error_of_the_network_is_not_taken_for_one_of_the_disk():
    assert explain(PermissionError(errno.EACCES, "Permission denied")) == "[Errno 13] Permission denied"
