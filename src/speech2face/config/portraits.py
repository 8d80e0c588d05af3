"""Config section `portraits`: the pictures that the face decoder learns from."""

from typing import Literal

from pydantic import Field

from speech2face.config.base import Section


class Portraits(Section):
    """Pictures of faces without voices, with the mask of the head."""

    source: Literal["talkers", "clips"] = Field(
        description="talkers: stills of synthetic people who are in no video (only with source talkers); "
        "clips: the faces of the run's own clips, with the head cut out."
    )
    count: int = Field(gt=0, le=100_000, description="People who are drawn, one still each. Only of talkers.")
    size: int = Field(ge=128, multiple_of=2, description="Width and height of a still, pixels. Only of talkers.")
    calibration: float = Field(
        gt=0, lt=1, description="Share of the people who are in no clip that calibrates; the others train."
    )
    shards: int = Field(gt=0, le=10000, description="Number of shards; portraits of clips have those of the clips.")
