"""A hash of the code of a rule, which changes if and only if relevant code changes.

Snakemake does not see edits of an installed package. Every rule therefore carries the hash of the module that
it runs and of all modules of this package which that one imports.
"""

import ast
import functools
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def code_hash(module: str) -> str:
    """A short hash of `module` (`data.faces.find`, say) and of everything in this package that it imports.

    Comments, docstrings and layout do not count: two sources with the same syntax tree hash alike. Nor do progress
    bars, and the classes of the config: a rule gets the values of its section as parameters, which Snakemake
    compares itself.

    Raises:
        ValueError: there is no such module in the package.
    """
    digest = hashlib.sha256()
    for name in sorted(_closure(f"{PACKAGE.name}.{module}")):
        digest.update(name.encode() + b"\0" + _dump(_path(name)).encode() + b"\0")
    return digest.hexdigest()[:16]


def _path(name: str) -> Path:
    base = PACKAGE.parent.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    raise ValueError(f"{name} is not a module of {PACKAGE.name}; check the rule that names it.")


def _closure(start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_imports(_path(name)))
    return found


@functools.cache
def _imports(path: Path) -> frozenset[str]:
    """The modules of this package that the file at `path` imports, wherever in the file it does so."""
    names: set[str] = set()
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # `from . import a` in package p means p.a; each further dot is one package up.
            home = path.relative_to(PACKAGE.parent).parent.parts
            package = ".".join(home[: len(home) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (package, node.module) if part)
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return frozenset(n for n in names if n.split(".")[0] == PACKAGE.name and not _beside(n) and _is_module(n))


def _beside(name: str) -> bool:
    """Whether a module cannot change the output of a rule."""
    return any(f"{name}.".startswith(f"{PACKAGE.name}.{module}.") for module in ("config", "base.progress"))


def _is_module(name: str) -> bool:
    base = PACKAGE.parent.joinpath(*name.split("."))
    return base.with_suffix(".py").is_file() or (base / "__init__.py").is_file()


@functools.cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def _dump(path: Path) -> str:
    tree = _parse(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return ast.dump(tree)
