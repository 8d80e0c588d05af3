"""Write docs/cli.md (`make reference`): every command with its options, as the command line itself makes them."""

import argparse
import inspect
from collections.abc import Iterator
from pathlib import Path

from speech2face.base.files import write_text
from speech2face.cli import add_options, load
from speech2face.phases import PEOPLE, RULES, Phase

_PAGE = """# Command line

`make reference` writes this page from the code. `speech2face COMMAND --help` says the same.

## Commands for people
{people}
## Commands for the workflow
The rules and make call these; their options are the parameters of the function.

| command | what it does | function |
|---|---|---|
{rules}
"""


def reference_text() -> str:
    """The page as Markdown. It imports the modules of all commands that people type."""
    rules = [f"| `{name}` | {phase.help} | `{phase.target}` |" for name, phase in RULES.items()]
    return _PAGE.format(
        people="\n".join(_section(name, phase) for name, phase in PEOPLE.items()), rules="\n".join(rules)
    )


def _section(name: str, phase: Phase) -> str:
    function = load(name)
    parser = argparse.ArgumentParser(prog=f"speech2face {name}", add_help=False)
    add_options(parser, function)
    # Up to the sections of arguments and errors.
    about = (inspect.getdoc(function) or "").partition("\nArgs:")[0].partition("\nRaises:")[0].strip()
    lines = [f"### {name}", phase.help, "", about, "", "| option | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {cells} |" for cells in _rows(parser)), ""])


def _rows(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Option and text of each parameter."""
    for action in parser._actions:
        value = (
            "" if action.nargs == 0 else f" {action.metavar or '{' + ','.join(map(str, action.choices or ())) + '}'}"
        )
        names = ", ".join(action.option_strings)
        shown = f"{names}{value}" if names else value.strip()
        required = " (required)" if action.required and names else ""
        yield f"`{shown}` | {(action.help or '').replace('%%', '%').replace('|', ' or ')}{required}"


if __name__ == "__main__":
    write_text(Path(__file__).with_name("cli.md"), reference_text())
