"""Config section `decoder`: the face decoder."""

from typing import Annotated, Literal

from pydantic import Field

from speech2face.config.base import Section
from speech2face.config.training import Training


class Appearance(Section):
    """Preset `appearance`: a linear decoder in closed form."""

    penalties: list[Annotated[float, Field(gt=0)]] = Field(
        min_length=1,
        description="Penalties of the ridge regression, from which the validation speakers choose. Unit: squared "
        "standardised embedding units, summed over the training faces.",
    )
    modes: int = Field(
        gt=0,
        description="Texture modes kept, the strongest; at most as many as the embedding has numbers. They are nearly "
        "all of the decoder's size: 0.1 MB each at 224 pixels.",
    )
    contrast: bool = Field(
        description="Raise fine detail, which regression reduces, to its amplitude in the validation speakers' faces."
    )


class Decoder(Section):
    """The face decoder: embedding to landmarks, normalised texture and picture."""

    preset: Literal["appearance", "cole"] = Field(
        description="appearance: linear, in closed form, fitted in seconds; cole: the network of Cole et al. (2017)."
    )
    appearance: Appearance
    size: Literal[32, 64, 128, 224] = Field(description="Side of the picture, pixels (the paper: 224).")
    landmarks: float = Field(
        ge=0,
        description="Weight of the landmarks' squared error, in units of their spread; the texture's weight is 1.",
    )
    identity: float = Field(
        ge=0, description="Weight of 1 - cosine between the embedding and that of the decoded picture; 0: not computed."
    )
    training: Training
