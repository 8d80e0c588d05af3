"""The pairs source: a folder of recordings and a folder of face pictures with the same names.

For data such as HQ-VoxCeleb, VGGFace with VoxCeleb, and wav2pix, whose faces are pictures, not video frames.
"""

from collections.abc import Iterator
from pathlib import Path

from speech2face.config import Pairs
from speech2face.data.sources.listing import files_by_name, fingerprint_files, lacking, part_of
from speech2face.data.sources.manifest import Row
from speech2face.data.sources.tables import read_clips

_VOICES = {".aac", ".flac", ".m4a", ".mp3", ".mp4", ".ogg", ".opus", ".wav", ".webm"}
_PICTURES = {".bmp", ".jpeg", ".jpg", ".png", ".webp"}


def list_clips(settings: Pairs) -> Iterator[Row]:
    """A clip for each line of the table; without a table, for each recording, with the sub-folder as the speaker.

    A recording without a picture, or a picture without a recording, is a row with the reason.

    Raises:
        FileNotFoundError: a folder is missing.
        ValueError: the table cannot be read, or two files of a folder differ in their endings alone.
    """
    folder = Path(settings.folder)
    voices, pictures = _files(settings, "voices"), _files(settings, "faces")
    table = _table(settings)
    rows: Iterator[Row]
    rows = ({"clip": name} for name in sorted(voices.keys() | pictures.keys())) if table is None else read_clips(table)
    for row in rows:
        name = row.pop("clip")
        start = row.pop("start_s", None)
        parent = Path(name).parent.as_posix()
        yield {
            "clip_id": part_of(name, start),
            "video": str(voices.get(name, folder / settings.voices / name)),
            "picture": str(pictures.get(name, folder / settings.faces / name)),
            "start_s": start or 0.0,
            "speaker_id": row.pop("speaker_id", None) or (name if parent == "." else parent),
            "origin": settings.origin,
            "licence": settings.licence,
            **{key: value for key, value in row.items() if value is not None},
            **_lacking(name, voices, pictures),
        }


def _lacking(name: str, voices: dict[str, Path], pictures: dict[str, Path]) -> Row:
    for what, files in (("recording", voices), ("face picture", pictures)):
        if name not in files:
            return lacking(f"{what} called {name}")
    return {}


def _files(settings: Pairs, kind: str) -> dict[str, Path]:
    """The recordings, or the pictures, by name."""
    folder = Path(settings.folder) / getattr(settings, kind)
    if not settings.folder or not folder.is_dir():
        raise FileNotFoundError(
            f"{folder} is not a folder; name the folder that holds {settings.voices}/ and {settings.faces}/: PAIRS=DIR."
        )
    endings = _VOICES if kind == "voices" else _PICTURES
    found = files_by_name(folder, endings)
    if not found:
        raise FileNotFoundError(f"{folder} holds no file that ends in {', '.join(sorted(endings))}.")
    return found


def _table(settings: Pairs) -> Path | None:
    path = Path(settings.folder) / settings.table
    return path if settings.table and path.is_file() else None


def fingerprint(settings: Pairs) -> str:
    """Changes with the files of both folders and with the table."""
    table = _table(settings)
    both = [*_files(settings, "voices").values(), *_files(settings, "faces").values()]
    return fingerprint_files([*both, *([table] if table else [])])
