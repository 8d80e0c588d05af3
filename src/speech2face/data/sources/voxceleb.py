"""VoxCeleb 1 and 2: interviews, cut into utterances of one person (Nagrani et al. 2017, Chung et al. 2018).

A part is a folder that holds `mp4/`, the face tracks, with `aac/` or `wav/` beside it if wanted; or `wav/` alone, and
then the faces are pictures in a folder of their own. In each of them an utterance is idXXXXX/VIDEO/NNNNN and an ending.

There are 1.2 million files. They are listed one speaker at a time, so that memory stays constant, and none is opened;
the fingerprint covers only the speakers' folders.
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from speech2face.config import VoxCeleb
from speech2face.data.sources.labels import read_age, read_name, read_sex
from speech2face.data.sources.listing import fingerprint_files, lacking
from speech2face.data.sources.manifest import Row
from speech2face.data.sources.tables import Readers, read_columns, read_table

_ENDINGS = {"mp4": ".mp4", "wav": ".wav", "aac": ".m4a"}
"""The folders of a part; of two with sound the first is used."""
_SPEAKER = re.compile(r"id\d{5}")
_TABLES = ("vox1_meta.csv", "vox2_meta.csv")
_SCALE = "1.6"
"""Folder between a name and its videos in the face pictures: the size of the crops relative to the face."""


def list_clips(settings: VoxCeleb) -> Iterator[Row]:
    """A clip for each utterance, part by part, in the order of speakers, videos and numbers.

    A part with face tracks gives these with their own sound. Without, the pictures of a video are distributed over
    its recordings.

    Raises:
        FileNotFoundError: a folder or a table is missing.
        ValueError: a table cannot be read, or a speaker is in two parts.
    """
    root = _root(settings)
    tables: dict[str, dict[str, Row]] = {}
    ages = _read_ages([root / name for name in settings.ages])
    seen: dict[str, Path] = {}
    for part in _parts(settings):
        filmed = (part / "mp4").is_dir()
        if not filmed and not (settings.faces and (root / settings.faces).is_dir()):
            raise FileNotFoundError(f"{part} holds sound alone; name the folder of its face pictures: voxceleb.faces.")
        for speaker in _speakers(part):
            if speaker in seen:
                raise ValueError(f"{speaker} is in {seen[speaker]} and in {part}; name one of them in voxceleb.parts.")
            seen[speaker] = part
            person = dict(_person(root, speaker, tables))
            pictures = root / settings.faces / (person.pop("pictures", None) or speaker) / _SCALE
            for video in _names(*(part / kind / speaker for kind in _ENDINGS)):
                utterances = _utterances(part, speaker, video)[: settings.clips_per_video]
                faces = [] if filmed else _pictures(pictures / video)
                for number, (name, files) in enumerate(utterances):
                    where = f"{speaker}/{video}/{name}"
                    yield {
                        "clip_id": f"{speaker}/{video}#{name}",
                        "start_s": 0.0,
                        "speaker_id": speaker,
                        "origin": settings.origin,
                        "licence": settings.licence,
                        **person,
                        "age": ages.get(where),
                        **(
                            _track(files, f"{part}/mp4/{where}.mp4")
                            if filmed
                            else _recording(files, faces, number / len(utterances), pictures / video)
                        ),
                    }


def _track(files: dict[str, str], expected: str) -> Row:
    """The columns of an utterance that has a face track."""
    if "mp4" not in files:
        return {"video": expected} | lacking(f"face track {expected}")
    return {"video": files["mp4"]}


def _recording(files: dict[str, str], faces: Sequence[str], share: float, pictures: Path) -> Row:
    """The columns of an utterance that has sound alone, and a picture of the video that it comes from."""
    sound = files.get("wav") or files["aac"]
    if not faces:
        return {"video": sound} | lacking(f"face picture in {pictures}")
    return {"video": sound, "picture": faces[int(share * len(faces))]}


def _utterances(part: Path, speaker: str, video: str) -> list[tuple[str, dict[str, str]]]:
    """The files of each utterance of a video by the folder of the part, in the order of their numbers."""
    found: dict[str, dict[str, str]] = {}
    for kind, ending in _ENDINGS.items():
        folder = part / kind / speaker / video
        for name in _names(folder):
            if name.endswith(ending):
                found.setdefault(name.removesuffix(ending), {})[kind] = f"{folder}/{name}"
    return sorted(found.items())


def _pictures(folder: Path) -> list[str]:
    return [f"{folder}/{name}" for name in _names(folder) if name.lower().endswith((".jpg", ".jpeg", ".png"))]


def _names(*folders: Path) -> list[str]:
    """The entries of all of the folders, by name, without hidden ones; missing folders are skipped."""
    names: set[str] = set()
    for folder in folders:
        if folder.is_dir():
            with os.scandir(folder) as entries:
                names.update(entry.name for entry in entries if not entry.name.startswith("."))
    return sorted(names)


def _speakers(part: Path) -> list[str]:
    return [name for name in _names(*(part / kind for kind in _ENDINGS)) if _SPEAKER.fullmatch(name)]


def _root(settings: VoxCeleb) -> Path:
    if not settings.folder or not Path(settings.folder).is_dir():
        raise FileNotFoundError(
            f"{settings.folder or 'The empty name'} is not a folder; name the folder of VoxCeleb in voxceleb.folder."
        )
    return Path(settings.folder)


def _parts(settings: VoxCeleb) -> list[Path]:
    """The parts that the settings name, or all that are found up to two levels down."""
    root = _root(settings)
    if settings.parts:
        parts = [root / name for name in settings.parts]
        if missing := [part for part in parts if not _is_part(part)]:
            raise FileNotFoundError(f"{missing[0]} holds neither mp4/ nor wav/; see voxceleb.parts.")
        return parts
    apart = {*_ENDINGS, Path(settings.faces).parts[0] if settings.faces else ""}
    below = [root / name for name in _names(root) if name not in apart]
    further = [folder / name for folder in below for name in _names(folder) if name not in apart]
    found = [part for part in (root, *below, *further) if _is_part(part)]
    if not found:
        raise FileNotFoundError(f"{root} holds neither mp4/ nor wav/, nor do the folders two levels down.")
    return sorted(found)


def _is_part(folder: Path) -> bool:
    return (folder / "mp4").is_dir() or (folder / "wav").is_dir()


def _person(root: Path, speaker: str, tables: dict[str, dict[str, Row]]) -> Row:
    """Labels of speakers and names in the face pictures; each table is read when its first speaker is needed."""
    name = _TABLES[0] if speaker.startswith("id1") else _TABLES[1]
    if name not in tables:
        tables[name] = _read_people(root / name)
    return tables[name].get(speaker, {})


def _read_people(table: Path) -> dict[str, Row]:
    """The labels of every speaker of one VoxCeleb. The first is separated by tabs, the second by commas."""
    if not table.is_file():
        raise FileNotFoundError(f"There is no table {table}; VoxCeleb's pages offer it without a password.")
    with table.open(encoding="utf-8", errors="replace") as file:
        delimiter = "\t" if "\t" in file.readline() else ","
    people = {}
    for words in read_table(table, delimiter=delimiter):
        # The header of the first column differs between copies.
        identity = next(iter(words.values()))
        given = {column: reader for column, reader in _COLUMNS.items() if column == "Gender" or column in words}
        people[identity] = read_columns(table, words, given)
    return people


_COLUMNS: Readers = {
    "Gender": ("sex", read_sex),
    "Nationality": ("nationality", read_name),
    "VGGFace1 ID": ("pictures", read_name),
}


def _read_ages(tables: Sequence[Path]) -> dict[str, float | None]:
    """Ages by utterance, as AgeVoxCeleb (Tawara et al. 2021) gives them: `idXXXXX/VIDEO/NNNNN YEARS`."""
    return {
        words["utterance"]: read_columns(table, words, {"age": ("age", read_age)})["age"]
        for table in tables
        for words in read_table(table, delimiter=" ", columns=("utterance", "age"))
    }


def fingerprint(settings: VoxCeleb) -> str:
    """Changes with the tables and when videos are added or removed, but not with further files of a video."""
    root = _root(settings)
    files = [root / name for name in (*_TABLES, *settings.ages)]
    people = [part / kind / name for part in _parts(settings) for kind in _ENDINGS for name in _names(part / kind)]
    faces = [root / settings.faces / name / _SCALE for name in _names(root / settings.faces)] if settings.faces else []
    return fingerprint_files([*files, *people, *faces])
