"""Speech2Face: a voice recording in, a picture of a plausible face out.

Each command runs one function of the package (the table in phases.py), and the function's signature is its options:
keyword-only parameters are options (`faces_settings` is `--faces-settings`), the others are positionals. The help of
each comes from the section `Args:` of the docstring.
"""

import argparse
import inspect
import json
import os
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from speech2face import __version__
from speech2face.base.extras import explain_missing
from speech2face.base.files import explain
from speech2face.base.interruption import Interrupted
from speech2face.base.options import Option
from speech2face.config import ConfigError, Section, parse
from speech2face.phases import PEOPLE, PHASES, RULES, Phase

_COMPLETE_FILES = {"bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f"}
"""The name that shtab has for the completion of file names in each shell."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; known errors become one sentence and exit code 1, a saved interruption exit code 75."""
    # Read when PyTorch is loaded, which is later. By default a thread that waits for another occupies its core: beside
    # other work most of the time is then spent waiting.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    words = sys.argv[1:] if arguments is None else arguments
    try:
        # Before the command there are only options that end the program.
        values = vars(_parser(words[:1]).parse_args(words))
        run(load(values["command"]), values)
    except Interrupted as error:
        print(f"speech2face: {error}", file=sys.stderr)
        # EX_TEMPFAIL of sysexits.h: schedulers that requeue jobs by exit code take it for "try again".
        return os.EX_TEMPFAIL
    except ModuleNotFoundError as error:
        print(f"speech2face: {explain_missing(error)}", file=sys.stderr)
        return 1
    except (OSError, ValueError, RuntimeError) as error:
        print(f"speech2face: {explain(error) if isinstance(error, OSError) else error}", file=sys.stderr)
        return 1
    return 0


def load(command: str) -> Callable[..., object]:
    """The function of a command; no other module is imported, so that a damaged phase does not stop the others."""
    module, _, name = PHASES[command].target.partition(":")
    function: Callable[..., object] = getattr(import_module(f"speech2face.{module}"), name)
    return function


def add_options(parser: argparse.ArgumentParser, function: Callable[..., object]) -> None:
    """Add an option or a positional for each parameter of `function`.

    Raises:
        TypeError: a parameter has a type that the command line cannot read.
    """
    hints, texts = get_type_hints(function, include_extras=True), _argument_texts(function)
    for name, parameter in inspect.signature(function).parameters.items():
        marker = next((part for part in get_args(hints[name]) if isinstance(part, Option)), Option())
        long, default = (marker.name or name).replace("_", "-"), parameter.default
        flags, reading = [name], _reading(hints[name], f"--{long}")
        if parameter.kind is parameter.KEYWORD_ONLY:
            flags = [*filter(None, [marker.short]), f"--{long}"]
            reading |= {"dest": name, "required": default is parameter.empty}
        elif "nargs" in reading:
            reading["nargs"] = "+"
        text = texts.get(name, "")
        if not any(default is hidden for hidden in (parameter.empty, None, False)):
            text += f" (default: {' '.join(map(str, default)) if isinstance(default, tuple) else default})"
        if default is not parameter.empty:
            reading["default"] = default
        if "type" in reading:
            reading = {"metavar": marker.metavar or long.upper()} | reading
        action = parser.add_argument(*flags, help=text.replace("%", "%%"), **reading)
        if action.type is Path:
            vars(action)["complete"] = _COMPLETE_FILES


def run(function: Callable[..., object], values: Mapping[str, Any]) -> None:
    """Call `function` with the values that its options were given.

    Raises:
        ConfigError: an option is not the JSON that it should be; the message names the option and the field.
    """
    given = {name: values[name] for name in inspect.signature(function).parameters}
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    checked = {name: value() for name, value in given.items() if isinstance(value, partial)}
    function(**(given | lists | checked))


def _reading(hint: Any, flag: str) -> dict[str, Any]:
    """How argparse reads a value of a type; JSON is checked later, by `run`, whose errors are no usage errors."""
    origin, inner = get_origin(hint), [part for part in get_args(hint) if part is not NoneType]
    if origin is Annotated or (origin in (Union, UnionType) and len(inner) == 1):
        return _reading(inner[0], flag)
    if origin is Sequence:
        return {**_reading(inner[0], flag), "nargs": "*"}
    if origin is tuple and len(set(inner)) == 1:
        return {**_reading(inner[0], flag), "nargs": len(inner)}
    if origin is Literal:
        return {"choices": inner}
    if hint is bool:
        return {"action": "store_true"}
    if hint in (Path, str, int, float):
        return {"type": hint}
    if origin is Mapping or (isinstance(hint, type) and issubclass(hint, Section)):
        return {"type": partial(partial, _from_json, hint, flag), "metavar": "JSON"}
    raise TypeError(f"The command line cannot read {hint} for {flag}.")


def _from_json(kind: Any, flag: str, text: str) -> Any:
    """A section of the config, or any JSON object, as a rule passes it."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{flag} is not JSON ({error}).") from error
    if get_origin(kind) is not Mapping:
        return parse(kind, values, flag)
    if not isinstance(values, dict):
        raise ConfigError(f"{flag} is not a JSON object but {text}.")
    return values


def _argument_texts(function: Callable[..., object]) -> dict[str, str]:
    """The section `Args:` of a docstring: a text for each parameter; several may share one."""
    section = re.search(r"^Args:\n((?:(?: .*)?\n)+)", f"{inspect.getdoc(function)}\n", re.MULTILINE)
    entries = re.findall(r"^ {4}(\w+(?:, \w+)*): (.*(?:\n {5,}.*)*)", section[1] if section else "", re.MULTILINE)
    return {name: " ".join(text.split()).removesuffix(".") for names, text in entries for name in names.split(", ")}


def _parser(commands: Collection[str], listed: bool = False) -> argparse.ArgumentParser:
    """The parser of all commands, with options for `commands` only: their modules are imported.

    Args:
        listed: each command has a line of help of its own, as shtab expects, besides that in its group.
    """
    parser = _Parser(
        prog="speech2face",
        description=(__doc__ or "").partition("\n")[0],
        epilog=_listing("commands for people", PEOPLE) + _listing("commands for the workflow and make", RULES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"speech2face {__version__}")
    parser.add_argument(
        "--print-completion", action=_PrintCompletion, choices=list(_COMPLETE_FILES), help="print a completion script"
    )
    subparsers = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", help="one of those below; COMMAND --help lists its options"
    )
    for name, phase in PHASES.items():
        texts: dict[str, Any] = {"description": phase.help} | ({"help": phase.help} if listed else {})
        command = subparsers.add_parser(name, **texts)
        if name in commands:
            add_options(command, load(name))
    return parser


def _listing(title: str, group: Mapping[str, Phase]) -> str:
    return f"{title}:\n" + "".join(f"  {name:<21} {phase.help}\n" for name, phase in group.items()) + "\n"


class _Parser(argparse.ArgumentParser):
    """Says how to name what begins with a dash, as ids of videos do, where it was taken for an option."""

    def error(self, message: str) -> NoReturn:
        if message.startswith(("the following arguments are required", "unrecognized arguments")):
            message += "; a name that begins with - comes after --"
        super().error(message)


class _PrintCompletion(argparse.Action):
    """Print the completion script for a shell, and end."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: object, shell: Any, flag: object = None) -> None:
        try:
            import shtab
        except ImportError:
            raise RuntimeError("Completion needs shtab, which is not installed: pip install shtab") from None
        print(shtab.complete(_parser(PHASES, listed=True), shell))
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
