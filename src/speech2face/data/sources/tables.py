"""Tables of clips and of people: CSV files as users write them and data sets publish them."""

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from speech2face.data.sources.attributes import ATTRIBUTES
from speech2face.data.sources.manifest import Row

Readers = Mapping[str, tuple[str, Callable[[str], Any]]]
"""For columns of a table: the name in the manifest, and the function that reads a cell."""


def _number(word: str, what: str, most: float) -> float | None:
    if not word:
        return None
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not 0 <= value <= most:
        raise ValueError(f"{word!r} is not {what}.")
    return value


def _seconds(word: str) -> float | None:
    return _number(word, "a time in seconds", most=1e7)


def _share(word: str) -> float | None:
    return _number(word, "a share between 0 and 1", most=1.0)


def _text(word: str) -> str | None:
    return word or None


CLIP_COLUMNS: Readers = {
    "speaker": ("speaker_id", _text),
    "start": ("start_s", _seconds),
    "end": ("end_s", _seconds),
    "face_x": ("face_x", _share),
    "face_y": ("face_y", _share),
    "origin": ("origin", _text),
    "licence": ("licence", _text),
    **{attribute.name: (attribute.name, attribute.reader) for attribute in ATTRIBUTES},
}
"""The columns of a table of clips, except that of the clip."""


def read_table(path: Path, *, delimiter: str = ",", columns: Sequence[str] | None = None) -> Iterator[dict[str, str]]:
    """The lines of a CSV file as mappings from column to text, with the number of the `line` for messages.

    Blank lines and white space around cells are dropped.

    Args:
        columns: names, for a file without a header.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line has more or fewer cells than there are columns, two columns have one name, or the file is
            not UTF-8 text.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no table {path}.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            names = list(columns) if columns is not None else [word.strip() for word in next(reader, [])]
            if len({*names, "line"}) <= len(names):
                raise ValueError(f"{path} has two columns of one name, or one called 'line'; rename it.")
            for words in reader:
                if not words:
                    continue
                if len(words) != len(names):
                    raise ValueError(
                        f"{path}, line {reader.line_num}: {len(words)} words where the columns are {', '.join(names)}."
                    )
                yield {name: word.strip() for name, word in zip(names, words, strict=True)} | {
                    "line": str(reader.line_num)
                }
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is not a CSV file in UTF-8 ({error}).") from None


def read_columns(path: Path, words: Mapping[str, str], readers: Readers) -> Row:
    """The values of a line of `read_table` in the columns of `readers`.

    Raises:
        ValueError: a column is missing, or a cell cannot be read; the message says where.
    """
    row: Row = {}
    for column, (name, read) in readers.items():
        if column not in words:
            raise ValueError(f"{path} has no column {column!r}.")
        try:
            row[name] = read(words[column])
        except ValueError as error:
            raise ValueError(f"{path}, line {words['line']}, column {column}: {error}") from None
    return row


def read_clips(path: Path) -> Iterator[Row]:
    """The clips of a user's own table: column `clip`, and any of speaker, start, end, face_x, face_y and the labels.

    Raises:
        ValueError: a column is missing or not known, a word cannot be read, a clip ends before it starts, or two
            lines are about the same clip; the message says where.
    """
    seen = set()
    for words in read_table(path):
        if unknown := set(words) - {"clip", "line", *CLIP_COLUMNS}:
            raise ValueError(
                f"{path} has a column {min(unknown)!r}; known are clip, {', '.join(sorted(CLIP_COLUMNS))}."
            )
        where = f"{path}, line {words['line']}"
        if not words.get("clip"):
            raise ValueError(f"{where}: the column 'clip' is missing or empty.")
        row = read_columns(path, words, {column: CLIP_COLUMNS[column] for column in words if column in CLIP_COLUMNS})
        start, end = row.get("start_s"), row.get("end_s")
        if end is not None and end <= (start or 0.0):
            raise ValueError(f"{where}: the clip ends at {end:g} s, before it starts.")
        if (words["clip"], start) in seen:
            raise ValueError(f"{where}: a second line for the clip {words['clip']!r} with the same start.")
        seen.add((words["clip"], start))
        yield {"clip": words["clip"]} | row
