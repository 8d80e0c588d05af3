"""The samples source: test recordings that the paper's authors publish, with true faces and their model's pictures.

The project page of Oh et al. (2019) has folders of equally named files: recordings, true faces, and decoded pictures. A
name of AVSpeech is the video's id, which stands for the speaker, and the stretch in seconds,
`---ZOY1kzAc_231.231000-234.467567`; one of VoxCeleb is the person, the video's id and the number of the stretch,
`0001First_Last_---ZOY1kzAc_0000001`.
No licence is stated; the files belong to their owners and are never part of this repository.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from speech2face.config import Samples
from speech2face.data.sources.listing import files_by_name, fingerprint_files, lacking
from speech2face.data.sources.manifest import Row

VOICES, FACES = "Wav", "Face_ori"
PICTURES = {
    "authors_f2f": "Face_f2f",
    "authors_s2f_0": "Face_exg0",
    "authors_s2f_07": "Face_exg0.7",
    "authors_s2f_14": "Face_exg1.4",
}
"""Folder of the authors' pictures: decoded from the face, and from the voice with three factors of exaggeration."""
_ID_LETTERS = 11
_OF_VOXCELEB = re.compile(rf"(.+)_[\w-]{{{_ID_LETTERS}}}_\d+", re.ASCII)


def list_clips(settings: Samples) -> Iterator[Row]:
    """A clip for each name of a recording or a true face; a name that lacks one of them is a row with the reason.

    Raises:
        FileNotFoundError: the folder or a part of it is missing.
    """
    for part in settings.parts:
        folder = part_folder(settings, part)
        voices = files_by_name(folder / VOICES, {".wav"})
        faces = files_by_name(folder / FACES, {".jpg"})
        for name in sorted(voices.keys() | faces.keys()):
            row: Row = {
                "clip_id": f"{Path(part).name}/{name}",
                "video": str(voices.get(name, folder / VOICES / f"{name}.wav")),
                "picture": str(faces.get(name, folder / FACES / f"{name}.jpg")),
                "start_s": 0.0,
                "speaker_id": _speaker(name),
                "origin": settings.origin,
                "licence": settings.licence,
            }
            for what, files in (("recording", voices), ("true face", faces)):
                if name not in files:
                    row |= lacking(f"{what} called {name}")
            yield row


def _speaker(name: str) -> str:
    """The person of a name of VoxCeleb, else the video."""
    person = _OF_VOXCELEB.fullmatch(name)
    return person[1] if person else name[:_ID_LETTERS]


def fingerprint(settings: Samples) -> str:
    """Changes with the files of a checkout at hand; what is fetched is the same for ever."""
    if not settings.folder:
        return " ".join([settings.commit, *settings.parts])
    folders = [part_folder(settings, part) / name for part in settings.parts for name in (VOICES, FACES)]
    return fingerprint_files(path for folder in folders for path in sorted(folder.iterdir()))


def part_folder(settings: Samples, part: str) -> Path:
    """The folder of one part.

    Raises:
        FileNotFoundError: it lacks recordings or true faces.
    """
    folder = checkout(settings) / part
    for name in (VOICES, FACES):
        if not (folder / name).is_dir():
            raise FileNotFoundError(
                f"There is no folder {folder / name}; name a checkout of {settings.repository} with SAMPLES=DIR "
                "(config field samples.folder), or leave it out and have the files fetched."
            )
    return folder


def checkout(settings: Samples) -> Path:
    """The checkout that is at hand, or the folder for the one that is fetched."""
    return Path(settings.folder or settings.fetched)


def published_picture(settings: Samples, clip_id: str, kind: str) -> Path:
    """The authors' picture of a clip; `kind` is one of `PICTURES`."""
    place, _, name = clip_id.partition("/")
    part = next(part for part in settings.parts if Path(part).name == place)
    return checkout(settings) / part / PICTURES[kind] / f"{name}.jpg"
