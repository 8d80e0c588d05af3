"""The layers of the package: imports go down only, and never in a circle."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "src" / "speech2face"
MAY_IMPORT = {
    "config": {"base"},
    "base": set(),
    "data": {"base", "config"},
    "consent": {"data", "base", "config"},
    "learning": {"data", "base", "config"},
    "evaluation": {"learning", "data", "base", "config"},
    "uncertainty": {"evaluation", "learning", "data", "base", "config"},
    "product": {"uncertainty", "evaluation", "learning", "data", "base", "config"},
}
"""What each layer may import beside itself and the version; modules of the command line, on top, import all."""
FILES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def imports(module: str) -> Iterator[str]:
    """The modules of the package that a module imports, at its top or within functions."""
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in FILES)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            for alias in node.names:
                yield from [name for name in (f"{node.module}.{alias.name}", node.module) if name in FILES][:1]


def layer(module: str) -> str:
    """The entry of the package that holds a module; empty for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def test_the_package_has_few_entries():
    entries = {path for path in PACKAGE.iterdir() if path.name not in ("__init__.py", "__pycache__", "py.typed")}
    assert len(entries) <= 10
    assert {path.name for path in entries if path.is_dir()} == set(MAY_IMPORT)


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_imports_go_down(name):
    allowed = MAY_IMPORT[name] | {name, ""}
    upwards = [
        f"{module} imports {other}"
        for module in FILES
        if layer(module) == name
        for other in imports(module)
        if layer(other) not in allowed
    ]
    assert not upwards


def test_no_module_imports_itself_by_way_of_others():
    try:
        TopologicalSorter({module: set(imports(module)) for module in FILES}).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))
