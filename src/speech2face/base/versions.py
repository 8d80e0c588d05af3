"""DVC's outputs hold only files that the workflow makes, and its remotes all files that they list."""

import configparser
import json
from collections.abc import Iterable
from pathlib import Path

import yaml

DVC = Path(".dvc")


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


def dvc_remotes(home: Path) -> tuple[list[Path], list[str]]:
    """The remotes of DVC's config: folders that exist, and addresses."""
    config = configparser.ConfigParser(interpolation=None)
    config.read([home / DVC / "config", home / DVC / "config.local"], encoding="utf-8")
    urls = [config[name]["url"] for name in config.sections() if "remote" in name and "url" in config[name]]
    # A relative one is relative to the file that names it.
    folders = [(home / DVC / url).resolve() for url in urls if "://" not in url]
    return [folder for folder in folders if folder.is_dir()], [url for url in urls if "://" in url]


def mend_transfers(*, home: Path = Path(), cache: bool = False) -> None:
    """Before a push or a pull: delete lists of folders whose files are not there, so that DVC transfers both again.

    DVC takes a list for the proof that all files of the folder are there. A transfer that was killed can leave the
    list without files, and all later ones would find nothing to do. Remotes that are folders of this machine are
    looked through.

    Args:
        home: the folder with DVC's settings.
        cache: look through DVC's cache, too, as a pull needs it.
    """
    stores = [*dvc_remotes(home)[0], *([home / DVC / "cache"] if cache else [])]
    for objects in (store / "files" / "md5" for store in stores):
        for path in sorted(objects.glob("*/*.dir")):
            if not _is_complete(path, objects):
                path.chmod(0o600)
                path.unlink()
                print(f"{path} listed files that are not there: deleted, so that all are transferred again.")


def _is_complete(listing: Path, objects: Path) -> bool:
    """Whether the list of a folder's files can be read and all of them are there."""
    try:
        names = [entry["md5"] for entry in json.loads(listing.read_text(encoding="utf-8"))]
    except (ValueError, KeyError, TypeError):
        return False
    return all((objects / name[:2] / name[2:]).is_file() for name in names)
