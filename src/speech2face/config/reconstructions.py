"""Config section `reconstructions`: pictures of the test split."""

from typing import Annotated

from pydantic import Field

from speech2face.config.base import Section


class Reconstructions(Section):
    """Pictures of the test split."""

    seconds: float | None = Field(gt=0, description="Length of each voice used, from its start; null: all.")
    gains: list[Annotated[float, Field(gt=0)]] = Field(
        min_length=1,
        description="Factors on the distance of a predicted embedding from the mean before decoding, from which the "
        "validation speakers choose; 1: unchanged. File names of the paper's released pictures state 1.4 and 0.7; the "
        "paper does not mention it.",
    )
    batch: int = Field(gt=0, description="Clips in one batch.")
    threads: int = Field(gt=0, description="CPU threads; results are repeatable for a fixed number.")
