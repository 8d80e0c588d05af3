"""The code hash follows code and what it imports, and nothing else."""

import ast
import os
import subprocess
import sys

import pytest

from speech2face.base import provenance


@pytest.fixture
def package(tmp_path, monkeypatch):
    root = tmp_path / "speech2face"
    root.mkdir()
    (root / "__init__.py").write_text("")
    (root / "a.py").write_text('"""Doc."""\nfrom speech2face.b import f\n\ndef g():\n    return f()\n')
    (root / "b.py").write_text("def f():\n    return 1\n")
    (root / "c.py").write_text("x = 1\n")
    monkeypatch.setattr(provenance, "PACKAGE", root)

    def edit(name, text):
        (root / name).write_text(text)
        for cached in (provenance._imports, provenance._compiled):
            cached.cache_clear()
        return provenance.code_hash("a")

    edit("c.py", "x = 1\n")
    return edit


def test_code_that_was_edited_since_the_plan_is_named(package, monkeypatch):
    monkeypatch.setattr(provenance, "_planned", {})
    provenance.code_hash("a")
    provenance.code_hash("c")
    assert provenance.edited_meanwhile() == []
    (provenance.PACKAGE / "b.py").write_text("def f():\n    return 2\n")
    assert provenance.edited_meanwhile() == ["a"]
    (provenance.PACKAGE / "b.py").write_text("def f():\n    return 1  # as planned\n")
    assert provenance.edited_meanwhile() == []


def test_comments_docstrings_and_unrelated_modules_do_not_count(package):
    before = provenance.code_hash("a")
    assert package("a.py", '"""Other."""\nfrom speech2face.b import f\n\ndef g():  # why\n    return f()\n') == before
    assert package("c.py", "x = 2\n") == before


def test_own_and_imported_code_count(package):
    before = provenance.code_hash("a")
    imported = package("b.py", "def f():\n    return 2\n")
    assert imported != before
    own = package("a.py", "from speech2face.b import f\n\ndef g():\n    return -f()\n")
    assert own not in (before, imported)


@pytest.mark.parametrize(
    "layout", ["{}", "def g():\n    try:\n        pass\n    finally:\n        {}", "if f:\n    pass\nelse:\n    {}"]
)
@pytest.mark.parametrize("line", ["from . import b", "from .b import f", "import speech2face.b"])
def test_every_form_of_import_counts(package, line, layout):
    package("a.py", f"{layout.format(line)}\n")
    before = provenance.code_hash("a")
    assert package("b.py", "def f():\n    return 3\n") != before


def test_import_statements_are_those_of_the_syntax_tree():
    for path in provenance.PACKAGE.rglob("*.py"):
        text = path.read_text()
        tree = [
            ast.unparse(node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert sorted(map(ast.unparse, provenance._import_statements(text))) == sorted(tree), path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1.0"),
        ("def f():\n    return y", "def f():\n    return z"),
        ("def f(a, b=1):\n    return a", "def f(a, b=2):\n    return a"),
        (
            "def f():\n    def g():\n        return 1\n    return g",
            "def f():\n    def g():\n        return 2\n    return g",
        ),
        ("def f(x):\n    return x in {'a', 'b'}", "def f(x):\n    return x in {'a', 'c'}"),
        ("def f():\n    try:\n        f()\n    except OSError:\n        pass", "def f():\n    f()\n"),
    ],
)
def test_every_change_of_what_is_done_counts(package, one, other):
    assert package("b.py", one) != package("b.py", other)


def test_the_hash_is_the_same_in_every_process(package):
    """Python orders sets of strings anew in every process, and lines move when a comment comes or goes."""
    text = "def f(x):\n    return x in {'a', 'b', 'c', 'd', 'e'}\n"
    code = (
        'from pathlib import Path; from speech2face.base import provenance as p; print(p._compiled(Path("b.py")).hex())'
    )
    package("b.py", text)
    told = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=provenance.PACKAGE, env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in "123"
    }  # fmt: skip
    assert told == {f"{provenance._compiled(provenance.PACKAGE / 'b.py').hex()}\n"}
    before = provenance.code_hash("a")
    assert package("b.py", f"# Why.\n\n{text}") == before


def test_config_classes_and_progress_bars_do_not_count(package):
    package("progress.py", "x = 1\n")
    before = package("a.py", "from speech2face.base.progress import x\n")
    assert package("progress.py", "x = 2\n") == before


def test_unknown_module_is_named(package):
    with pytest.raises(ValueError, match=r"speech2face\.nowhere is not a module"):
        provenance.code_hash("nowhere")
