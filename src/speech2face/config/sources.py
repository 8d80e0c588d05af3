"""Config sections of the sources of real clips. Each says where its clips come from and under which licence."""

from pydantic import Field

from speech2face.config.base import Section


class Source(Section):
    """Origin and licence of a source of real clips, which go with each clip to the report."""

    origin: str = Field(description="Name of the data set, as the report shows it.")
    licence: str = Field(description="Licence of the data, as the report shows it.")


class Folder(Source):
    """A folder of your own videos."""

    videos: str = Field(description="The folder; every file in it is tried, except names that start with a dot.")
    table: str = Field(
        description="CSV file of clips with the column clip (a file of the folder) and any of speaker, start, end "
        "(seconds), face_x, face_y (shares of the picture), sex, age, ethnicity, language, nationality, origin, "
        "licence. Empty: no table; the start of every file is a clip."
    )


class Pairs(Source):
    """A folder of recordings and a folder of face pictures with the same names."""

    folder: str = Field(description="The folder that holds both.")
    voices: str = Field(description="Sub-folder of the recordings.")
    faces: str = Field(description="Sub-folder of the face pictures.")
    table: str = Field(
        description="CSV file in the folder with the column clip (a name without its ending) and the other columns of "
        "folder.table. Without this file every name is a clip, and its sub-folder, if any, is the speaker."
    )


class VoxCeleb(Source):
    """VoxCeleb 1 and 2, unpacked."""

    folder: str = Field(description="The folder that holds all of it, and vox1_meta.csv or vox2_meta.csv.")
    parts: list[str] = Field(
        description="Folders in it that hold mp4/ (optionally with aac/ or wav/ beside it) or wav/. Empty: all that "
        "are found up to two levels down."
    )
    faces: str = Field(
        description="Folder in it of face pictures, NAME/1.6/VIDEO/*.jpg, for parts that hold wav/ alone (VoxCeleb 1)."
    )
    ages: list[str] = Field(description="Tables in it of AgeVoxCeleb: utt2age.train, utt2age.test. Empty: none.")
    clips_per_video: int | None = Field(
        gt=0, description="Number of clips of a video that are used, from the first. Null: all."
    )


class CremaD(Source):
    """CREMA-D, as its repository holds it."""

    folder: str = Field(description="The folder that holds VideoFlash/ and VideoDemographics.csv.")


class Grid(Source):
    """GRID, unpacked."""

    folder: str = Field(description="The folder that holds s1/, s2/ ...; videos may lie deeper in each.")


class Segments(Source):
    """A list of segments of videos on the web; section `downloads` says how they are fetched."""

    table: str = Field(description="CSV file with a line for each clip.")
    columns: dict[str, int | str] = Field(
        description="Columns of the table: for video (an id or a URL), start, end (seconds) and optionally speaker, "
        "face_x, face_y (shares of the picture), sex, age, ethnicity, language, nationality, origin, licence, the name "
        "in the header, or the number from 1 for a table without a header. Other columns are ignored. Empty: the "
        "header has these names."
    )
    address: str = Field(
        pattern=r"^https?://",
        description="Prefix that makes an address of a video id in the table.",
    )


class Samples(Source):
    """Test recordings that the paper's authors publish on their project page, with the pictures of their model."""

    folder: str = Field(description="A checkout of the repository. Empty: what is needed of it is fetched.")
    fetched: str = Field(min_length=1, description="Folder for what is fetched.")
    repository: str = Field(description="Address of the git repository.")
    commit: str = Field(pattern=r"^[0-9a-f]{40}$", description="The commit; git checks every byte by its hash.")
    parts: list[str] = Field(
        min_length=1, description="Folders of the repository that hold Wav/, Face_ori/ and the decoded pictures."
    )
