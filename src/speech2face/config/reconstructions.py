"""Config section `reconstructions`: pictures of the test split."""

from pydantic import Field

from speech2face.config.base import Section


class Reconstructions(Section):
    """Pictures of the test split."""

    seconds: float | None = Field(gt=0, description="How much of each voice is heard, from its start; null: all.")
    exaggeration: float = Field(
        gt=0,
        description="Factor on the distance of a predicted embedding from the mean before it is decoded. The paper's "
        "released pictures say 1.4 and 0.7 in their names, the paper does not mention it; 1 changes nothing.",
    )
    batch: int = Field(gt=0, description="Clips decoded at once.")
    threads: int = Field(gt=0, description="CPU threads; part of what makes a run repeatable.")
