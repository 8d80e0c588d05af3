"""The folder source: your own videos, one clip per file, or those in a table of clips."""

from collections.abc import Iterator
from pathlib import Path

from speech2face.config import Folder
from speech2face.data.sources.listing import fingerprint_files, lacking, part_of
from speech2face.data.sources.manifest import Row
from speech2face.data.sources.tables import read_clips


def list_clips(settings: Folder) -> Iterator[Row]:
    """The start of each video as a clip with a speaker of its own; or the clips in the table.

    Raises:
        FileNotFoundError: the folder is missing or empty, or the table is missing.
        ValueError: the table cannot be read.
    """
    rights = {"origin": settings.origin, "licence": settings.licence}
    folder = _folder(settings)
    if not settings.table:
        for path in videos_in(folder):
            yield {"clip_id": path.name, "video": str(path), "start_s": 0.0, "speaker_id": path.name} | rights
        return
    for row in read_clips(Path(settings.table)):
        name = row.pop("clip")
        start = row.pop("start_s", None)
        yield {
            "clip_id": part_of(name, start),
            "video": str(folder / name),
            "start_s": start or 0.0,
            "speaker_id": row.pop("speaker_id", None) or name,
            **rights,
            **{key: value for key, value in row.items() if value is not None},
            **({} if (folder / name).is_file() else lacking(f"file {name}")),
        }


def _folder(settings: Folder) -> Path:
    if not settings.videos or not Path(settings.videos).is_dir():
        raise FileNotFoundError(
            f"{settings.videos or 'The empty name'} is not a folder; name the folder of your videos: VIDEOS=DIR."
        )
    return Path(settings.videos)


def videos_in(folder: Path) -> list[Path]:
    """The files of the folder in the order of their names; hidden ones and folders are left out.

    Raises:
        FileNotFoundError: the folder is empty.
    """
    found = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not found:
        raise FileNotFoundError(f"{folder} holds no file; put videos into it, or name another folder: VIDEOS=DIR.")
    return found


def fingerprint(settings: Folder) -> str:
    """Changes with the files of the folder or, with a table, with the table and the files in it."""
    folder = _folder(settings)
    if not settings.table:
        return fingerprint_files(videos_in(folder))
    table = Path(settings.table)
    named = sorted({row["clip"] for row in read_clips(table)})
    return fingerprint_files([table, *(folder / name for name in named)])
