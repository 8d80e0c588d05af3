"""Config of the sources of real clips. Each says where its clips come from and under which licence."""

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
