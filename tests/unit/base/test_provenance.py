"""The code hash follows code and what it imports, and nothing else."""

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
        for cached in (provenance._parse, provenance._imports, provenance._dump):
            cached.cache_clear()
        return provenance.code_hash("a")

    edit("c.py", "x = 1\n")
    return edit


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


@pytest.mark.parametrize("line", ["from . import b", "from .b import f", "import speech2face.b"])
def test_every_form_of_import_counts(package, line):
    package("a.py", f"{line}\n")
    before = provenance.code_hash("a")
    assert package("b.py", "def f():\n    return 3\n") != before


def test_config_classes_and_progress_bars_do_not_count(package):
    package("progress.py", "x = 1\n")
    before = package("a.py", "from speech2face.base.progress import x\n")
    assert package("progress.py", "x = 2\n") == before


def test_unknown_module_is_named(package):
    with pytest.raises(ValueError, match=r"speech2face\.nowhere is not a module"):
        provenance.code_hash("nowhere")
