"""Config section `decoder`: the face decoder."""

from typing import Literal

from pydantic import Field

from speech2face.config.base import Section
from speech2face.config.training import Training


class Decoder(Section):
    """The face decoder of Cole et al. (2017): embedding to landmarks, normalised texture and picture."""

    size: Literal[32, 64, 128, 224] = Field(description="Side of the picture, pixels (the paper: 224).")
    landmarks: float = Field(
        ge=0,
        description="Weight of the landmarks' squared error, in units of their spread; the texture's weight is 1.",
    )
    identity: float = Field(
        ge=0, description="Weight of 1 - cosine between the embedding and that of the decoded picture; 0: not computed."
    )
    training: Training
