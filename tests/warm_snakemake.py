"""Snakemake in a process that is forked from one which has imported it: its imports take most of the time of a plan."""

import functools
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_SECONDS = 1200
_MODULES = os.environ.get("PYTHONPATH")


def snakemake(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run `snakemake` with these arguments in a folder, with the environment of now."""
    if os.environ.get("PYTHONPATH") != _MODULES:
        # Snakemake looks for its plugins when it is imported.
        command = [sys.executable, "-m", "snakemake", *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS)
    server = _server()
    assert server.stdin is not None and server.stdout is not None
    with tempfile.TemporaryDirectory() as temporary:
        out, err = Path(temporary, "out"), Path(temporary, "err")
        request = {"arguments": arguments, "folder": str(folder), "out": str(out), "err": str(err)}
        server.stdin.write(json.dumps(request | {"environment": dict(os.environ)}) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())


@functools.cache
def _server() -> "subprocess.Popen[str]":
    """Started when first needed; it ends when the tests do, and its input with them."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.warm_snakemake"],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _serve() -> None:
    """Read requests, a line each, and answer each with an exit code."""
    import snakemake.cli

    import speech2face.config
    import speech2face.data.talkers.population  # noqa: F401 - what the rules import
    from speech2face.base.provenance import PACKAGE, code_hash

    # Each fork would compile the whole package for its hashes.
    for path in PACKAGE.rglob("*.py"):
        code_hash(".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__") or "__init__")
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            signal.alarm(_SECONDS)
            os.environ.clear()
            os.environ.update(request["environment"])
            os.chdir(request["folder"])
            sys.argv, sys.path[0] = ["snakemake", *request["arguments"]], request["folder"]
            for stream, name, mode in ((0, os.devnull, "rb"), (1, request["out"], "wb"), (2, request["err"], "wb")):
                with open(name, mode) as file:  # noqa: PTH123
                    os.dup2(file.fileno(), stream)
            snakemake.cli.main()
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
