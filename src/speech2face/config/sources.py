"""Config of the sources of real clips. Each says where its clips come from and under which licence."""

from typing import Literal

from pydantic import Field

from speech2face.config.base import Section

FinalReason = Literal[
    "gone",
    "private",
    "blocked",
    "no_format",
    "not_media",
    "no_video",
    "no_audio",
    "too_short",
    "unsupported",
    "damaged",
    "crashed",
]
"""Reasons for which a clip is not asked for again unless somebody wants it."""


class Source(Section):
    """What every source of real clips says of itself; it goes with each clip to the report."""

    origin: str = Field(description="Name of the data set, as the report shows it.")
    licence: str = Field(description="Under which the data may be used, as the report shows it.")


class Folder(Source):
    """A folder of own videos."""

    videos: str = Field(description="The folder; every file in it is tried, names starting with a dot are not.")
    table: str = Field(
        description="CSV file of clips with the column clip (a file of the folder) and any of speaker, start, end "
        "(seconds), face_x, face_y (shares of the picture), sex, age, ethnicity, language, nationality, origin, "
        "licence. Empty: none, the start of every file is a clip."
    )


class Pairs(Source):
    """A folder of recordings and a folder of face pictures with the same names."""

    folder: str = Field(description="The folder that holds both.")
    voices: str = Field(description="Sub-folder of the recordings.")
    faces: str = Field(description="Sub-folder of the face pictures.")
    table: str = Field(
        description="CSV file in the folder with the column clip (a name without its ending) and the other columns of "
        "folder.table. Where it is not there, every name is a clip, and its sub-folder, if any, the speaker."
    )


class VoxCeleb(Source):
    """VoxCeleb 1 and 2, as they are unpacked."""

    folder: str = Field(description="The folder that holds all of it, and vox1_meta.csv or vox2_meta.csv.")
    parts: list[str] = Field(
        description="Folders in it that hold mp4/ (with aac/ or wav/ beside it, if wanted) or wav/. Empty: all that "
        "are found up to two levels down."
    )
    faces: str = Field(
        description="Folder in it of face pictures, NAME/1.6/VIDEO/*.jpg, for parts that hold wav/ alone (VoxCeleb 1)."
    )
    ages: list[str] = Field(description="Tables in it of AgeVoxCeleb: utt2age.train, utt2age.test. Empty: none.")
    clips_per_video: int | None = Field(gt=0, description="Clips taken of a video, the first ones. Null: all.")


class CremaD(Source):
    """CREMA-D, as its repository holds it."""

    folder: str = Field(description="The folder that holds VideoFlash/ and VideoDemographics.csv.")


class Grid(Source):
    """GRID, as it is unpacked."""

    folder: str = Field(description="The folder that holds s1/, s2/ ...; videos may lie deeper in each.")


class Segments(Source):
    """A list of stretches of videos on the web, which section `downloads` fetches."""

    table: str = Field(description="CSV file with a line for each clip.")
    columns: dict[str, int | str] = Field(
        description="Where the table has what: for video (an id or a URL), start, end (seconds) and, if there, "
        "speaker, face_x, face_y (shares of the picture), sex, age, ethnicity, language, nationality, origin, licence, "
        "the name of the column in the heading; or, for a table without a heading, its number, from 1. Columns that "
        "are not named are left out. Empty: the heading has these names."
    )
    address: str = Field(
        pattern=r"^https?://",
        description="What stands before the id in the address of a video of which the table has the id.",
    )


class Downloads(Section):
    """Fetching the clips of a list: only the wanted seconds, at a pace that the service can bear."""

    folder: str = Field(
        min_length=1,
        description="Where fetched clips lie, and what became of each. Not under results, which can then be deleted.",
    )
    seconds: float = Field(gt=0, description="Most that is fetched of a clip, from its start, seconds.")
    height: int = Field(ge=100, description="Most lines of the picture.")
    extractors: list[str] = Field(
        min_length=1,
        description="yt-dlp's extractors that may be used, by name; generic takes links to files on any server.",
    )
    javascript: str = Field(
        description="Path of the program deno, in whose sandbox yt-dlp may run the script of YouTube's player; without "
        "it few videos of YouTube can be had. Empty: no script is run."
    )
    jobs: int = Field(gt=0, description="Shards that are fetched at the same time, however many cores there are.")
    bytes_per_second: float = Field(gt=0, description="Most that one job takes, on average.")
    pause_seconds: float = Field(
        ge=0, description="Least time between looking up two videos in one job; YouTube lets a guest have 300 an hour."
    )
    timeout_seconds: float = Field(gt=0, description="How long a server may be silent.")
    tries: int = Field(gt=0, description="How often a request is made that fails in a way that may pass.")
    wait_seconds: float = Field(
        ge=0, description="Wait before the second try; doubled for each further one, and moved by chance by up to half."
    )
    clip_seconds: float = Field(gt=0, description="Wall-clock limit for one clip, waits included.")
    clip_megabytes: float = Field(gt=0, description="Most that is read over the network for one clip.")
    unreachable_in_a_row: int = Field(
        gt=0, description="Videos in a row that cannot be reached after which a job stops: the service wants a rest."
    )
    retry: list[FinalReason] = Field(
        description="Reasons whose clips are tried again. What could not be reached is always tried again."
    )
