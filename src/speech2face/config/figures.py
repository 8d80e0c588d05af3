"""Config section `figures`: the notebooks."""

from pydantic import Field

from speech2face.config.base import Section


class Figures(Section):
    """Notebooks."""

    shown: tuple[str, ...] | None = Field(
        description="The figures that are drawn, and with them what is measured; null: all of them, for which clips "
        "need labels and the talkers' truth."
    )
    timeout_seconds: int = Field(gt=0, description="Longest run of one notebook cell.")
    triplets: int = Field(gt=0, description="Clips in the picture of triplets.")
    retrievals: int = Field(gt=0, description="Voices in the picture of retrievals.")
    examples: int = Field(gt=0, description="Speakers in figures that show a few of them.")
    gallery: int = Field(gt=0, description="Clips in the wall of triplets (the supplement's: 250).")
    queries: int = Field(gt=0, description="Voices in the wall of retrievals (the supplement's: 100).")
