"""A git repository laid out as the project page of the paper's authors, and a server for it on the loopback address."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from speech2face.data.sources.samples import FACES, PICTURES, VOICES

PART = "figures/avspeech_res"


def sample_name(person: int) -> str:
    return f"person_{person:04d}_{person}.000000-{person + 5}.500000"


def make_repository(folder: Path, *, people: int) -> str:
    """A repository of small made files, and one folder that nobody needs; returns its commit."""
    rng = np.random.default_rng(0)
    for name in (VOICES, FACES, *PICTURES.values()):
        (folder / PART / name).mkdir(parents=True)
    for person in range(people):
        sound = (rng.normal(size=1600) * 3000).astype(np.int16)
        soundfile.write(folder / PART / VOICES / f"{sample_name(person)}.wav", sound, 16_000)
        for name in (FACES, *PICTURES.values()):
            picture = Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8))
            picture.save(folder / PART / name / f"{sample_name(person)}.jpg")
    (folder / "figures" / "others").mkdir()
    (folder / "figures" / "others" / "large.bin").write_bytes(rng.bytes(100_000))
    _git(folder, "init", "--quiet")
    _git(folder, "add", ".")
    _git(folder, "-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "commit", "--quiet", "-m", "samples")
    _git(folder, "config", "uploadpack.allowFilter", "true")
    _git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    return _git(folder, "rev-parse", "HEAD").strip()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the repository on a server of this machine alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["git", "daemon", "--listen=127.0.0.1", f"--port={port}", f"--base-path={folder.parent}", "--export-all"],
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield f"git://127.0.0.1:{port}/{folder.name}"
    finally:
        # The daemon's own child serves a request; it ends with its connection.
        server.terminate()
        server.wait()


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout  # fmt: skip
