"""Check that DVC outputs hold only files that the workflow makes."""

from collections.abc import Iterable
from pathlib import Path

import yaml


def versioned(stages: Path) -> list[Path]:
    """The outputs that the stages of a dvc.yaml declare: files, or folders with everything below."""
    declared = yaml.safe_load(stages.read_text(encoding="utf-8"))["stages"].values()
    return [
        Path(next(iter(out)) if isinstance(out, dict) else out) for stage in declared for out in stage.get("outs", [])
    ]


def check_untracked(*, stages: Path, untracked: Path) -> None:
    """Find in the outputs of the stages what no rule of the workflow makes.

    Args:
        stages: the dvc.yaml.
        untracked: text with a path a line, from `snakemake --list-untracked`.

    Raises:
        ValueError: there is such a file; it would become part of the next version.
    """
    lines = untracked.read_text(encoding="utf-8").splitlines()
    if strangers := orphans(map(Path, lines), versioned(stages)):
        raise ValueError(
            f"No rule makes {', '.join(map(str, strangers[:5]))}"
            f"{f' and {len(strangers) - 5} files more' if len(strangers) > 5 else ''}, "
            "which would become part of the version that DVC keeps. Move or remove them, and run this again."
        )


def orphans(untracked: Iterable[Path], outputs: Iterable[Path]) -> list[Path]:
    """Those of the `untracked` files that lie in one of the `outputs`."""
    folders = set(outputs)
    return sorted(path for path in untracked if folders & {path, *path.parents})
