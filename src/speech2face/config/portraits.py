"""Config section `portraits`: the pictures that the face decoder learns from."""

from typing import Literal

from pydantic import Field

from speech2face.config.base import Section
from speech2face.config.sources import Source


class PictureFolder(Source):
    """A folder of face pictures, which may be a published data set."""

    pictures: str = Field(description="The folder; pictures may lie deeper in it.")
    layout: Literal["files", "folders", "celeba"] = Field(
        description="Who is in a picture. files: somebody else in each (FFHQ); folders: whom the picture's folder is "
        "named after (VGGFace2, LFW); celeba: whom identity_CelebA.txt names, beside the folder."
    )
    clips: bool = Field(description="The decoder learns from the faces of the run's own clips, too.")


class Portraits(Section):
    """Pictures of faces without voices, with the mask of the head."""

    source: Literal["talkers", "clips", "folder"] = Field(
        description="talkers: stills of synthetic people who are in no video (only with source talkers); "
        "clips: the faces of the run's own clips, with the head cut out; folder: a folder of pictures, likewise."
    )
    count: int = Field(gt=0, le=100_000, description="People who are drawn, one still each. Only of talkers.")
    size: int = Field(ge=128, multiple_of=2, description="Width and height of a still, pixels. Only of talkers.")
    validation: float = Field(
        gt=0, lt=1, description="Share of the people who are in no clip that validates; the others train."
    )
    folder: PictureFolder
