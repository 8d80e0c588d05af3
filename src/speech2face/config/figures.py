"""Config section `figures`: the notebooks."""

from pydantic import Field

from speech2face.config.base import Section


class Figures(Section):
    """Notebooks."""

    shown: tuple[str, ...] | None = Field(
        description="Figures to draw; what they need is measured. null: all figures, which need labelled clips and the "
        "talkers' true values."
    )
    timeout_seconds: int = Field(gt=0, description="Time limit of one notebook cell.")
    triplets: int = Field(gt=0, description="Clips in the figure of triplets.")
    retrievals: int = Field(gt=0, description="Voices in the figure of retrieval examples.")
    examples: int = Field(gt=0, description="Speakers in figures that show a few speakers.")
    gallery: int = Field(gt=0, description="Clips in the gallery of triplets (the paper's supplement: 250).")
    queries: int = Field(gt=0, description="Voices in the gallery of retrievals (the paper's supplement: 100).")
