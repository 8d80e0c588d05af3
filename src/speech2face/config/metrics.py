"""Config section `metrics`: measures and their intervals."""

from pydantic import Field

from speech2face.config.base import Section


class Metrics(Section):
    """Figures with their intervals."""

    bootstrap: int = Field(ge=100, description="Bootstrap resamples over speakers.")
    galleries: int = Field(gt=0, description="Random galleries of one clip a speaker that recalls are averaged over.")
    ranks: tuple[int, ...] = Field(description="K of recall at K as a rank.")
    percentages: tuple[int, ...] = Field(description="K of recall at K as a percentage of the gallery (the paper's).")
