"""What is missing is named with the extra that brings it, for every module that the package imports."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from speech2face.base.extras import EXTRAS, explain_missing
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DISTRIBUTIONS = {module: {name.lower() for name in names} for module, names in packages_distributions().items()}
# Of a module that is one compiled file, importlib.metadata knows only that it is there.
DISTRIBUTIONS["dlib"] = {"dlib-bin"}


def distributions(requirements: list[str]) -> set[str]:
    return {re.match(r"[A-Za-z0-9_.-]+", requirement)[0].lower() for requirement in requirements}


def imported_modules() -> set[str]:
    """Top-level names of everything that the package imports, beside itself and the standard library."""
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"speech2face"}


def test_every_import_is_of_the_core_or_of_an_extra():
    core = distributions(PROJECT["dependencies"])
    beside = {module for module in imported_modules() if not core & DISTRIBUTIONS[module]}
    # torch.utils.tensorboard imports tensorboard.
    assert beside | {"tensorboard"} == EXTRAS.keys()


@pytest.mark.parametrize("module", sorted(EXTRAS))
def test_each_extra_brings_its_modules(module):
    # Gradio requires the three others.
    brought = {"gradio"} if module in ("fastapi", "starlette", "uvicorn") else DISTRIBUTIONS[module]
    assert brought & distributions(PROJECT["optional-dependencies"][EXTRAS[module]])


def test_everything_is_in_dev():
    extras = PROJECT["optional-dependencies"].keys() - {"dev"}
    assert f"speech2face[{','.join(sorted(extras))}]" in PROJECT["optional-dependencies"]["dev"]


def test_the_sentence_names_the_extra():
    error = ModuleNotFoundError("No module named 'scipy.ndimage'", name="scipy.ndimage")
    assert explain_missing(error) == (
        "This command needs scipy, which is not installed: pip install 'speech2face[train]'."
    )


def test_a_module_of_no_extra_stays_an_error():
    error = ModuleNotFoundError("No module named 'speech2face.other'", name="speech2face.other")
    with pytest.raises(ModuleNotFoundError) as caught:
        explain_missing(error)
    assert caught.value is error
