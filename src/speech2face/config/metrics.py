"""Config section `metrics`: measures and their intervals."""

from pydantic import Field

from speech2face.config.base import Section


class Metrics(Section):
    """Measures with their intervals."""

    bootstrap: int = Field(ge=100, description="Bootstrap resamples over speakers.")
    galleries: int = Field(
        gt=0, description="Number of random galleries, one clip per speaker, over which recalls are averaged."
    )
    ranks: tuple[int, ...] = Field(description="K of recall at K, as a rank.")
    percentages: tuple[int, ...] = Field(
        description="K of recall at K, as a percentage of the gallery (as in the paper)."
    )
