"""One voice needs the core of the package alone: few distributions, none of the extras."""

import re
import subprocess
import sysconfig
import tomllib
import venv
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT

MOST = 25
# Of PyTorch's CUDA build alone.
CUDA = re.compile(r"nvidia-|cuda-|triton")


def core_distributions() -> dict[str, metadata.Distribution]:
    """All that this package requires without extras, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, metadata.Distribution] = {}
    wanted = list(map(Requirement, project["dependencies"]))
    while wanted:
        name = re.sub(r"[-_.]+", "-", wanted.pop().name).lower()
        if name not in found:
            found[name] = metadata.distribution(name)
            requirements = map(Requirement, found[name].requires or ())
            wanted += [each for each in requirements if not each.marker or each.marker.evaluate({"extra": ""})]
    return found


@pytest.fixture(scope="module")
def core_python(tmp_path_factory) -> Path:
    """The interpreter of an environment with the core alone."""
    folder = tmp_path_factory.mktemp("core") / "environment"
    venv.create(folder, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    # Extras of cuda-toolkit bring them, which this has no need to follow.
    cuda = [each for each in metadata.distributions() if CUDA.match(each.name)]
    for distribution in [*core_distributions().values(), *cuda]:
        for name in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            source, target = Path(str(distribution.locate_file(name))), site / name
            if source.exists() and not target.exists():
                target.symlink_to(source)
    (site / "speech2face.pth").write_text(str(ROOT / "src"))
    return folder / "bin" / "python"


def test_the_core_is_small():
    core = sorted(name for name in core_distributions() if not CUDA.match(name))
    assert len(["speech2face", *core]) <= MOST, core


def test_extras_are_not_in_the_core_environment(core_python):
    code = "import importlib.util as u; print([m for m in ('pandas', 'scipy', 'yaml', 'snakemake') if u.find_spec(m)])"
    assert subprocess.check_output([core_python, "-c", code], text=True).strip() == "[]"


def test_the_core_answers_a_voice_as_the_whole_does(core_python, bundle, model, voice, tmp_path):
    arguments = ["face", str(voice), "--model", str(bundle), "--output", str(tmp_path / "core")]
    command = [core_python, "-c", "import sys; from speech2face.cli import main; sys.exit(main())", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    model.face(voice).save(tmp_path / "whole")
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "core").iterdir())
    assert all((tmp_path / "core" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes() for name in names)
