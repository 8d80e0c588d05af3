"""GRID: a thousand sentences of six words by each of 34 people, filmed from the front (Cooke et al. 2006)."""

import re
from collections.abc import Iterator
from pathlib import Path

from speech2face.config import Grid
from speech2face.data.sources.listing import fingerprint_files
from speech2face.data.sources.manifest import Row

_TALKER = re.compile(r"s[1-9]\d*")
_FEMALE = {4, 7, 11, 15, 16, 18, 20, 21, 22, 23, 24, 25, 29, 31, 33, 34}
"""The 16 female talkers (docs/sources.md); the files of the corpus do not say who they are."""
_SEXES = {f"s{number}": "female" if number in _FEMALE else "male" for number in range(1, 35)}
_BETTER = "mpg_6000"
"""The folder of the larger of the two sizes in which GRID is published."""


def list_clips(settings: Grid) -> Iterator[Row]:
    """A clip for each video; the talker is the folder in which it lies, at any depth.

    Raises:
        FileNotFoundError: there is no such folder, or no talker's folder with a video in it.
    """
    for talker, videos in _videos(settings).items():
        for path in videos:
            yield {
                "clip_id": f"{talker}/{path.stem}",
                "video": str(path),
                "start_s": 0.0,
                "speaker_id": talker,
                "sex": _SEXES.get(talker),
                "language": "en",
                "origin": settings.origin,
                "licence": settings.licence,
            }


def _videos(settings: Grid) -> dict[str, list[Path]]:
    """The videos of each talker, by name; of a sentence in both sizes, the larger one."""
    folder = Path(settings.folder)
    if not settings.folder or not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder; name the folder that holds s1/, s2/ ... in grid.folder.")
    found = {}
    for talker in sorted(path for path in folder.iterdir() if _TALKER.fullmatch(path.name) and path.is_dir()):
        paths = sorted(talker.rglob("*.mpg"), key=lambda path: (_BETTER in path.parts, path))
        found[talker.name] = sorted({path.stem: path for path in paths}.values(), key=lambda path: path.stem)
    if not any(found.values()):
        raise FileNotFoundError(f"{folder} holds no folder s1, s2 ... with .mpg files in it.")
    return found


def fingerprint(settings: Grid) -> str:
    """Changes with the videos."""
    return fingerprint_files(path for videos in _videos(settings).values() for path in videos)
