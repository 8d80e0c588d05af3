"""Config section `judges`: face recognisers that train nothing and judge the pictures."""

from pydantic import Field

from speech2face.config.base import Section


class Judges(Section):
    """Recognisers that train nothing and judge the pictures."""

    training_faces: int = Field(
        gt=0, description="Most training speakers, one face each, over which a judge's mean face is taken."
    )
    batch: int = Field(gt=0, description="Faces in one batch.")
    threads: int = Field(gt=0, description="CPU threads; results are repeatable for a fixed number.")
