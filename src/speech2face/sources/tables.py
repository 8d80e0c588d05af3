"""Tables of clips: CSV files with one line a clip, as users write them and data sets publish them."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from speech2face.sources.labels import READERS

Row = dict[str, Any]


def _seconds(word: str) -> float | None:
    return float(word) if word else None


def _share(word: str) -> float | None:
    if not word:
        return None
    value = float(word)
    if not 0 <= value <= 1:
        raise ValueError(f"{word!r} is not a share between 0 and 1.")
    return value


_COLUMNS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "speaker": ("speaker_id", lambda word: word or None),
    "start": ("start_s", _seconds),
    "end": ("end_s", _seconds),
    "face_x": ("face_x", _share),
    "face_y": ("face_y", _share),
    "origin": ("origin", lambda word: word or None),
    "licence": ("licence", lambda word: word or None),
    **{name: (name, read) for name, read in READERS.items()},
}
"""What a column of the table is called in the manifest, and how its words are read."""


def read_table(path: Path, *, delimiter: str = ",", columns: Sequence[str] | None = None) -> Iterator[dict[str, str]]:
    """The lines of a CSV file as mappings from column to word, with `line` beside them for messages.

    Args:
        columns: names, for a file without a heading.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line has more or fewer words than there are columns, or the file is not UTF-8 text.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no table {path}.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            names = list(columns) if columns is not None else [word.strip() for word in next(reader, [])]
            for words in reader:
                if len(words) != len(names):
                    raise ValueError(
                        f"{path}, line {reader.line_num}: {len(words)} words where the columns are {', '.join(names)}."
                    )
                yield {name: word.strip() for name, word in zip(names, words, strict=True)} | {
                    "line": str(reader.line_num)
                }
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is not a CSV file in UTF-8 ({error}).") from None


def read_clips(path: Path) -> Iterator[Row]:
    """The clips of a user's own table: column `clip`, and any of speaker, start, end, face_x, face_y and the labels.

    Raises:
        ValueError: a column is missing or not known, or a word cannot be read; the message says where.
    """
    for words in read_table(path):
        line = words.pop("line")
        if unknown := set(words) - {"clip", *_COLUMNS}:
            raise ValueError(
                f"{path} has a column {sorted(unknown)[0]!r}; known are clip, {', '.join(sorted(_COLUMNS))}."
            )
        if not words.get("clip"):
            raise ValueError(f"{path}, line {line}: the column 'clip' is missing or empty.")
        row: Row = {"clip": words.pop("clip")}
        for column, word in words.items():
            name, read = _COLUMNS[column]
            try:
                row[name] = read(word)
            except ValueError as error:
                raise ValueError(f"{path}, line {line}, column {column}: {error}") from None
        yield row
