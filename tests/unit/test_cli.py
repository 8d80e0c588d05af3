"""The command line: options from signatures, help, errors, completion, and what rules and make pass."""

import argparse
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import shtab

from speech2face import __version__, cli
from speech2face.base.interruption import Interrupted
from speech2face.base.options import Option
from speech2face.cli import add_options, load, main, run
from speech2face.config import ConfigError, Splits, commands
from speech2face.phases import PEOPLE, PHASES, RULES
from tests.conftest import ROOT

SPLITS = '{"validation": 0.1, "calibration": 0.0, "test": 0.2, "folds": null}'


def parsed(function, *words):
    """What `function` is called with for these words."""
    called = {}
    parser = argparse.ArgumentParser()
    add_options(parser, function)
    values = vars(parser.parse_args(words))

    def record(**options):
        called.update(options)

    record.__signature__ = inspect.signature(function)
    run(record, values)
    return called


def flags_of(command):
    """The options of a command, and those of them that are required."""
    parser = argparse.ArgumentParser(add_help=False)
    add_options(parser, load(command))
    options = [action for action in parser._actions if action.option_strings]
    return {flag for action in options for flag in action.option_strings}, {
        action.option_strings[-1] for action in options if action.required
    }


def plain(*, some_file: Path, count: int, share: float, name: str): ...


def test_names_become_options_and_values_get_their_types():
    words = ["--some-file", "a/b", "--count", "3", "--share", "0.5", "--name", "x"]
    assert parsed(plain, *words) == {"some_file": Path("a/b"), "count": 3, "share": 0.5, "name": "x"}


def test_without_a_default_an_option_is_required(capsys):
    with pytest.raises(SystemExit) as ended:
        parsed(plain, "--count", "3", "--share", "0.5", "--name", "x")
    assert ended.value.code == 2
    assert "required: --some-file" in capsys.readouterr().err


def test_a_value_of_another_type_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as ended:
        parsed(plain, "--some-file", "a", "--count", "three", "--share", "0.5", "--name", "x")
    assert ended.value.code == 2
    assert "argument --count: invalid int value: 'three'" in capsys.readouterr().err


def optional(*, folder: Path = Path("here"), fold: int | None = None, fast: bool = False): ...


def test_defaults_and_flags():
    assert parsed(optional) == {"folder": Path("here"), "fold": None, "fast": False}
    assert parsed(optional, "--fold", "2", "--fast") == {"folder": Path("here"), "fold": 2, "fast": True}


def several(*, files: Sequence[Path], pair: tuple[Path, Path], kind: Literal["a", "b"] = "a"): ...


def test_sequences_pairs_and_choices(capsys):
    words = ["--files", "x", "y", "--pair", "w", "c", "--kind", "b"]
    assert parsed(several, *words) == {"files": (Path("x"), Path("y")), "pair": (Path("w"), Path("c")), "kind": "b"}
    assert parsed(several, "--files", "--pair", "w", "c")["files"] == ()
    for wrong in (["--pair", "w"], ["--pair", "w", "c", "--kind", "z"]):
        with pytest.raises(SystemExit) as ended:
            parsed(several, "--files", *wrong)
        assert ended.value.code == 2


def typed(
    voices: Annotated[Sequence[Path], Option(metavar="VOICE")],
    *,
    output: Annotated[Path, Option(short="-o")],
    everything: Annotated[bool, Option(name="all")] = False,
    null: Annotated[Path | None, Option(name="null-world")] = None,
): ...


def test_positionals_short_flags_and_other_names():
    expected = {"voices": (Path("a"), Path("b")), "output": Path("out"), "everything": True, "null": Path("n")}
    assert parsed(typed, "a", "b", "-o", "out", "--all", "--null-world", "n") == expected
    assert parsed(typed, "a", "--output", "out")["null"] is None
    with pytest.raises(SystemExit):
        parsed(typed, "-o", "out")


def test_metavars_and_defaults_are_in_the_help():
    parser = argparse.ArgumentParser()
    add_options(parser, typed)
    add_options(parser, optional)
    told = parser.format_help()
    assert "VOICE [VOICE ...]" in told
    assert "-o OUTPUT, --output OUTPUT" in told
    assert "--null-world NULL-WORLD" in told
    assert "(default: here)" in told
    assert told.count("default:") == 1


def described(*, clips: Path, faces: Path, share: float, other: Path):
    """Do something.

    Args:
        clips, faces: folder of that phase's shards,
            or none.
        share: of the whole: 50 % at most.

    Raises:
        other: is no option.
    """


def test_help_comes_from_the_docstring():
    parser = argparse.ArgumentParser()
    add_options(parser, described)
    told = parser.format_help()
    assert re.search(r"--clips CLIPS +folder of that phase's shards, or none\n", told)
    assert re.search(r"--faces FACES +folder of that phase's shards, or none\n", told)
    assert re.search(r"--share SHARE +of the whole: 50 % at most\n", told)
    assert re.search(r"--other OTHER\n", told)


def configured(*, splits_settings: Splits, given: Mapping[str, Any]): ...


def test_sections_and_objects_come_as_json():
    called = parsed(configured, "--splits-settings", SPLITS, "--given", '{"inputs": {"a": "b"}}')
    assert called == {
        "splits_settings": Splits(validation=0.1, calibration=0.0, test=0.2, folds=None),
        "given": {"inputs": {"a": "b"}},
    }


@pytest.mark.parametrize(
    ("splits", "given", "message"),
    [
        ("{", "{}", r"^--splits-settings is not JSON \(.*\)\.$"),
        (SPLITS, "[1", r"^--given is not JSON \(.*\)\.$"),
        (SPLITS, "[1]", r"^--given is not a JSON object but \[1\]\.$"),
        (SPLITS.replace("0.1", "7"), "{}", r"^--splits-settings: validation: "),
        (SPLITS.replace("folds", "fold"), "{}", r"--splits-settings: fold: extra inputs are not permitted"),
    ],
)
def test_wrong_json_is_an_error_that_names_the_option(splits, given, message):
    with pytest.raises(ConfigError, match=message):
        parsed(configured, "--splits-settings", splits, "--given", given)


def test_a_type_that_cannot_be_read_is_refused():
    def odd(*, when: complex): ...

    with pytest.raises(TypeError, match=r"cannot read .*complex.* for --when"):
        parsed(odd)


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (ValueError("wrong"), 1, "wrong"),
        (RuntimeError("refused"), 1, "refused"),
        (FileNotFoundError("no file"), 1, "no file"),
        (Interrupted("saved"), 75, "saved"),
    ],
)
def test_known_errors_are_one_sentence_and_an_exit_code(monkeypatch, capsys, error, code, sentence):
    def fail(files):
        raise error

    monkeypatch.setattr(commands, "load_config", fail)
    assert main(["check-config", "--files", "a.yaml"]) == code
    assert capsys.readouterr().err == f"speech2face: {sentence}\n"


def test_other_errors_are_not_hidden(monkeypatch):
    def fail(files):
        raise KeyError("a mistake")

    monkeypatch.setattr(commands, "load_config", fail)
    with pytest.raises(KeyError):
        main(["check-config", "--files", "a.yaml"])


def test_a_command_runs(capsys):
    assert main(["check-config", "--files", str(ROOT / "config" / "config.yaml")]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("words", [[], ["nonsense"], ["schema"], ["schema", "--output", "a", "--more"]])
def test_usage_errors_end_with_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: speech2face" in capsys.readouterr().err


@pytest.mark.parametrize(("before", "after"), [(None, "passive"), ("active", "active")])
def test_threads_wait_without_a_core_unless_the_environment_says_else(before, after):
    """In a process of its own: it must be known before PyTorch is loaded."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    program = (
        "import os, sys; from speech2face import cli\n"
        "def told(command): assert 'torch' not in sys.modules; return lambda: print(os.environ['OMP_WAIT_POLICY'])\n"
        "cli.load = told; cli.main(['verify'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | ({"OMP_WAIT_POLICY": before} if before else {}),
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == after


def test_a_name_that_begins_with_a_dash_comes_after_two(monkeypatch, capsys):
    """Ids of videos may begin with one."""
    asked = []

    def forget_speaker(speaker: str, *, results: Path = Path("results")) -> None:
        """Forget."""
        asked.append(speaker)

    monkeypatch.setattr(cli, "load", lambda command: forget_speaker)
    with pytest.raises(SystemExit, match="2"):
        main(["forget", "---aaaaaaaa"])
    assert "a name that begins with - comes after --" in capsys.readouterr().err
    assert main(["forget", "--results", "there", "--", "---aaaaaaaa"]) == 0
    assert asked == ["---aaaaaaaa"]


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"speech2face {__version__}\n"


def test_help_has_the_commands_for_people_first(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    people, rules = told.split("commands for people:")[1].split("commands for the workflow and make:")
    assert re.findall(r"^  (\S+) ", people, re.MULTILINE) == list(PEOPLE)
    assert re.findall(r"^  (\S+) ", rules, re.MULTILINE) == list(RULES)


@pytest.mark.parametrize("words", [["--help"], ["schema", "--help"], ["check-config", "--files", "config/config.yaml"]])
def test_no_other_module_is_imported(words):
    code = (
        f"import sys\nfrom speech2face.cli import main\ntry:\n    main({words})\nexcept SystemExit:\n    pass\n"
        "print(sorted({'numpy', 'pandas', 'pyarrow', 'torch', 'shtab'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", PHASES)
def test_every_option_of_every_command_has_a_help_text(command):
    parser = argparse.ArgumentParser(add_help=False)
    add_options(parser, load(command))
    assert parser._actions
    for action in parser._actions:
        assert re.match(r"[\w`]", action.help.partition("(default")[0]), f"{command}: {action.dest}"
    assert len(PHASES[command].help) > 10


def test_delete_and_check_exclude_each_other(capsys):
    assert main(["forget", "ann", "--delete-models", "--check"]) == 1
    assert "--check changes nothing, so it does not go with --delete-models" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_all_commands_options_and_files(shell, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--print-completion", shell])
    assert not ended.value.code
    script = capsys.readouterr().out
    for word in (*PHASES, "version", "head-model", "delete-models", "clips-settings", cli._COMPLETE_FILES[shell]):
        assert word in script
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_completion_of_files_has_the_names_of_shtab():
    assert cli._COMPLETE_FILES.items() <= shtab.FILE.items()


def test_completion_without_shtab_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--print-completion", "bash"]) == 1
    assert capsys.readouterr().err.endswith("is not installed: pip install shtab\n")


def passed() -> list[tuple[str, str, set[str]]]:
    """Where a command is run, its name and the options that it is given there: in every rule, and by make."""
    found = []
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for rule in re.split(r"^ *rule\b", path.read_text(), flags=re.MULTILINE)[1:]:
            for name in re.findall(r'(?:\{SPEECH2FACE\}|\{params\.command\}) ([^\s"]+)', rule):
                kinds = ("folds", "predictions") if "{params.kind}" in name else ("",)
                found += [
                    (path.name, name.replace("{params.kind}", kind), set(re.findall(r"--[a-z][a-z-]+", rule)))
                    for kind in kinds
                ]
    made = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    for name, rest in re.findall(r"\$\(BIN\)/speech2face ([\w-]+)(.*)", made):
        found.append(("Makefile", name, set(re.findall(r"--[a-z][a-z-]+", rest))))
    return found


@pytest.mark.parametrize(("file", "command", "options"), passed())
def test_rules_and_make_pass_the_options_of_the_command(file, command, options):
    known, required = flags_of(command)
    assert options <= known
    assert required <= options


def test_every_command_is_run_somewhere():
    assert set(RULES) <= {command for _, command, _ in passed()}
