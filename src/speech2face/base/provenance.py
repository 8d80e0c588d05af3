"""A hash of the code of a rule, which changes if and only if relevant code changes.

Snakemake does not see edits of an installed package. Every rule therefore carries the hash of the module that
it runs and of all modules of this package which that one imports.
"""

import ast
import contextlib
import functools
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

PACKAGE = Path(__file__).parents[1]

# An import statement; a line of a docstring may look like one.
_IMPORT = re.compile(r"^[ \t]*((?:from[ \t]+[.\w]+[ \t]+)?import[ \t]+(?:\([^)]*\)|.+))", re.MULTILINE)
# Of a code object: what it does, without where in the source it stands.
_WORK = (
    "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_flags", "co_code", "co_exceptiontable",
    "co_name", "co_names", "co_varnames", "co_cellvars", "co_freevars",
)  # fmt: skip


_planned: dict[str, str] = {}
"""The first hash that this process told of each module."""


def edited_meanwhile() -> list[str]:
    """The modules whose `code_hash` is another now than when this process first asked for it.

    A job runs the code of the moment when it starts, and its record has the hash of the moment when it was planned.
    """
    planned = dict(_planned)
    _imports.cache_clear()
    _compiled.cache_clear()
    return [module for module, digest in planned.items() if _hash(module) != digest]


def code_hash(module: str) -> str:
    """A short hash of `module` (`data.faces.find`, say) and of everything in this package that it imports.

    Only what Python compiles the source to counts: no comments, docstrings, assertions, layout. Nor do progress bars,
    and the classes of the config: a rule gets the values of its section as parameters, which Snakemake compares
    itself.

    Raises:
        ValueError: there is no such module in the package.
    """
    digest = _hash(module)
    _planned.setdefault(module, digest)
    return digest


def _hash(module: str) -> str:
    digest = hashlib.sha256()
    for name in sorted(_closure(f"{PACKAGE.name}.{module}")):
        digest.update(name.encode() + b"\0" + _compiled(_path(name)))
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
    for node in _import_statements(path.read_text(encoding="utf-8")):
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


def _import_statements(source: str) -> Iterator[ast.stmt]:
    """The import statements of a file. Each is parsed alone: the tree of the whole file takes several times as long."""
    for text in _IMPORT.findall(source):
        with contextlib.suppress(SyntaxError):
            yield from ast.parse(text).body


@functools.cache
def _compiled(path: Path) -> bytes:
    """A hash of what a file is compiled to. Every plan of a run waits for it: one of the syntax tree is slower."""
    # At the second level of optimisation docstrings and assertions are left out.
    code = compile(path.read_text(encoding="utf-8"), path.name, "exec", dont_inherit=True, optimize=2)
    return hashlib.sha256(_text(code).encode()).digest()


def _text(constant: object) -> str:
    """A constant of compiled code as text, the same in every process."""
    if isinstance(constant, CodeType):
        constants = "".join(map(_text, constant.co_consts))
        return f"({[getattr(constant, name) for name in _WORK]}{constants})"
    # The order of a set of strings is another in every process.
    return repr(sorted(map(_text, constant)) if isinstance(constant, frozenset) else constant)
