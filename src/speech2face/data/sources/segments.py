"""The segments source: a list of segments of videos on the web, as AVSpeech, TalkVid and HDTF publish them.

AVSpeech's list has no header: id of a YouTube video, start and end in seconds, the position of the face as shares of
the picture (Ephrat et al., SIGGRAPH 2018). It names no speakers: without a column for the speaker, each video counts
as one person.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from speech2face.config import Segments
from speech2face.data.sources.listing import fingerprint_files, part_of
from speech2face.data.sources.manifest import Row
from speech2face.data.sources.tables import CLIP_COLUMNS, Readers, read_columns, read_table

_YOUTUBE = re.compile(
    r"https?://(?:www\.|m\.)?(?:youtube(?:-nocookie)?\.com/(?:watch\?(?:.*&)?v=|shorts/|embed/)|youtu\.be/)([\w-]{11})"
)


def _video(word: str) -> str:
    if not word or any(character.isspace() for character in word):
        raise ValueError(f"{word!r} is not the id or the address of a video.")
    if "://" in word and not word.startswith(("http://", "https://")):
        raise ValueError(f"{word!r} is not an address that starts with http:// or https://.")
    return word


_READERS: Readers = {"video": ("video", _video), **CLIP_COLUMNS}
_NEEDED = ("video", "start", "end")


def list_clips(settings: Segments) -> Iterator[Row]:
    """A clip for each line, in the order of the lines; lines are not kept, so that lists of millions need no memory.

    `video` is the address; `clip_id` is the video and the start of the clip.

    Raises:
        FileNotFoundError: there is no such table.
        ValueError: a column or a word is not what it should be; the message says where.
    """
    path = Path(settings.table)
    names = _heading(path, settings)
    readers = {column: _READERS[meaning] for column, meaning in names.items()}
    numbered = settings.columns and all(isinstance(column, int) for column in settings.columns.values())
    rights = {"origin": settings.origin, "licence": settings.licence}
    for words in read_table(path, columns=_numbers(path) if numbered else None):
        row = read_columns(path, words, readers)
        start, end = row["start_s"], row["end_s"]
        if start is None or end is None or end <= start:
            raise ValueError(f"{path}, line {words['line']}: a clip needs a start, and an end after it.")
        video = row.pop("video")
        name = video_id(video)
        yield {
            "clip_id": part_of(name, start),
            "video": video if "://" in video else settings.address + video,
            "speaker_id": name,
            **rights,
            **{key: value for key, value in row.items() if value is not None},
        }


def video_id(video: str) -> str:
    """The name of a video: YouTube's id, also for an address; other addresses unchanged."""
    found = _YOUTUBE.match(video)
    return found[1] if found else video.partition("#")[0]


def _heading(path: Path, settings: Segments) -> dict[str, str]:
    """The meaning of the columns of the table, by name or number."""
    if settings.columns:
        names = {str(column): meaning for meaning, column in settings.columns.items()}
        if len({type(column) for column in settings.columns.values()}) > 1 or len(names) < len(settings.columns):
            raise ValueError("segments.columns: give all columns by name or all by number, each of them once.")
    else:
        names = {name: name for name in _first_line(path)}
    for meaning in names.values():
        if meaning not in _READERS:
            raise ValueError(
                f"{meaning!r} is no column of a clip; known are {', '.join(sorted(_READERS))}. Where {path} has other "
                "names, or no heading, say in segments.columns which column is what."
            )
    if missing := [column for column in _NEEDED if column not in names.values()]:
        raise ValueError(f"Which column of {path} is the {missing[0]}? Say it in segments.columns.")
    return names


def _first_line(path: Path) -> list[str]:
    if not path.is_file():
        raise FileNotFoundError(f"There is no table {path}; name the list in segments.table.")
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        return [word.strip() for word in next(csv.reader(file), [])]


def _numbers(path: Path) -> list[str]:
    return [str(number + 1) for number in range(len(_first_line(path)))]


def fingerprint(settings: Segments) -> str:
    """Changes with the size or the time of the table; a list of any length costs the same."""
    _first_line(Path(settings.table))
    return fingerprint_files([Path(settings.table)])
