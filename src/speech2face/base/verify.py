"""The command `speech2face verify`: whether the files of a run, a bundle or an answer are as they were written."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from speech2face.base.checksums import check
from speech2face.base.files import file_sha256, is_part, read_sealed

_SUFFIXES = {".arrow", ".safetensors"}
_NAMES = {"config.json", "answer.json", "audit.json", "onnx.json"}
"""Files that `files.write_sealed` wrote; some have the hashes of the files beside them, by name, under `sha256`."""
_SHOWN = 20


def verify(folder: Path) -> None:
    """Check every file below a folder that has a checksum, or whose hash a description beside it has.

    Args:
        folder: results of a run, a bundle, or an answer.

    Raises:
        RuntimeError: a file is damaged or missing.
        ValueError: there is nothing to check.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not is_part(path.parent.name)]
    checked, wrong = set[Path](), dict[Path, str]()
    for path in files:
        if path.suffix in _SUFFIXES or path.name in _NAMES:
            checked.add(path)
            try:
                check(path)
                for other, digest in _hashes(path):
                    checked.add(other)
                    if not other.is_file() or file_sha256(other) != digest:
                        wrong[other] = f"{other} is missing, or is not the file that {path.name} was written for"
            except (ValueError, OSError) as error:
                wrong[path] = str(error)
    if not checked:
        raise ValueError(f"There is no file with a checksum in {folder}: name a run, a bundle or an answer.")
    if wrong:
        shown = "; ".join(list(wrong.values())[:_SHOWN])
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise RuntimeError(
            f"{len(wrong)} of {len(checked)} files are damaged: {shown}{more}. Copy them again; or "
            "delete them and run the workflow, which makes them again."
        )
    print(f"{len(checked)} files are as they were written.")
    if others := Counter(path.suffix or "no suffix" for path in files if path not in checked):
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(others.items()))
        print(f"Not checked, since they have no checksum: {kinds}. Of the default run `dvc status` checks these, too.")


def _hashes(path: Path) -> Iterator[tuple[Path, str]]:
    """The files beside a description whose hashes it has."""
    hashes = read_sealed(path).get("sha256") if path.name in _NAMES else None
    if isinstance(hashes, dict):
        yield from ((path.parent / name, digest) for name, digest in hashes.items())
