"""CREMA-D: 7,442 short videos of 91 actors who speak twelve sentences in six moods (Cao et al. 2014)."""

from collections.abc import Iterator
from pathlib import Path

from speech2face.config import CremaD
from speech2face.data.sources.labels import read_age, read_ethnicity, read_sex
from speech2face.data.sources.listing import files_by_name, fingerprint_files, lacking
from speech2face.data.sources.manifest import Row
from speech2face.data.sources.tables import Readers, read_columns, read_table

_VIDEOS = "VideoFlash"
_ENDINGS = {".flv", ".mp4"}
_CLIPS = "SentenceFilenames.csv"
_ACTORS = "VideoDemographics.csv"


def list_clips(settings: CremaD) -> Iterator[Row]:
    """A clip for each video, and for each name in the table of clips; the actor is the first word of the name.

    Raises:
        FileNotFoundError: the folder of videos or the table of actors is missing.
        ValueError: a table cannot be read, or two videos differ in their endings alone.
    """
    folder = Path(settings.folder)
    videos = _videos(settings)
    actors = _read_actors(folder / _ACTORS)
    for name in sorted(videos.keys() | _named(folder / _CLIPS)):
        actor = name.partition("_")[0]
        yield {
            "clip_id": name,
            "video": str(videos.get(name, folder / _VIDEOS / f"{name}.flv")),
            "start_s": 0.0,
            "speaker_id": actor,
            "language": "en",
            "origin": settings.origin,
            "licence": settings.licence,
            **actors.get(actor, {}),
            **({} if name in videos else lacking(f"video {_VIDEOS}/{name}.flv")),
        }


def _videos(settings: CremaD) -> dict[str, Path]:
    folder = Path(settings.folder) / _VIDEOS
    if not settings.folder or not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder; name the folder that holds {_VIDEOS}/ in crema_d.folder.")
    return files_by_name(folder, _ENDINGS)


def _named(table: Path) -> set[str]:
    """The clips that the table names; it may be missing."""
    if not table.is_file():
        return set()
    return {read_columns(table, words, {"Filename": ("clip", str)})["clip"] for words in read_table(table)}


def _read_actors(table: Path) -> dict[str, Row]:
    """The labels of each actor. Hispanic actors are `hispanic` whatever their race: a person has one label."""
    actors = {}
    for words in read_table(table):
        row = read_columns(table, words, _COLUMNS)
        if row.pop("is_hispanic"):
            row["ethnicity"] = "hispanic"
        actors[row.pop("actor")] = row
    return actors


def _read_hispanic(word: str) -> bool:
    known = {"hispanic": True, "not hispanic": False, "unknown": False, "": False}
    if word.lower() not in known:
        raise ValueError(f"{word!r} is neither 'Hispanic' nor 'Not Hispanic'.")
    return known[word.lower()]


_COLUMNS: Readers = {
    "ActorID": ("actor", str),
    "Age": ("age", read_age),
    "Sex": ("sex", read_sex),
    "Race": ("ethnicity", read_ethnicity),
    "Ethnicity": ("is_hispanic", _read_hispanic),
}


def fingerprint(settings: CremaD) -> str:
    """Changes with the videos and with both tables."""
    folder = Path(settings.folder)
    return fingerprint_files([*_videos(settings).values(), folder / _ACTORS, folder / _CLIPS])
