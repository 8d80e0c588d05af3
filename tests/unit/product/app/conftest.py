"""The page's server, as a process of its own."""

import contextlib
import dataclasses
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.product.app.browser import Browser

HERE = Path(__file__).parent


@dataclasses.dataclass
class Server:
    port: int
    temporary: Path
    """Where the process has its temporary files."""
    calls: Path
    """What it asked for outside of this machine."""
    process: subprocess.Popen

    @property
    def recordings(self) -> list[Path]:
        """Those that are kept."""
        return list(self.temporary.rglob("voice*"))

    def end(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(300)


@contextlib.contextmanager
def serving(folder: Path, *command: str) -> Iterator[Server]:
    """A page's server, which is started by that command of Python's; all its files are below the folder."""
    temporary = folder / "temporary"
    temporary.mkdir()
    # Settings of Gradio that would open the page to others.
    unsafe = {"GRADIO_SHARE": "True", "GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_ALLOWED_PATHS": "/", "GRADIO_DEBUG": "1"}
    with (folder / "errors").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, *command],
            stdout=subprocess.PIPE,
            stderr=errors,
            env=os.environ | unsafe | {"TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"},
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        port = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert port, line + (folder / "errors").read_text()
        yield Server(int(port[1]), temporary, folder / "calls", process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page with the stand-in."""
    folder = tmp_path_factory.mktemp("page")
    with serving(folder, str(HERE / "stand_in.py"), "0", str(folder / "calls")) as server:
        yield server


@pytest.fixture
def browser(server):
    browser = Browser(server.port)
    assert browser.open().status == 200
    return browser
