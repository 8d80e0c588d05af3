"""Config sections of the sources of real clips. Each says where its clips come from and under which licence."""

from pydantic import Field

from speech2face.config.base import Section


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
