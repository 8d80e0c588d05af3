"""Config section `splits`: which speakers train, calibrate and test."""

from pydantic import Field

from speech2face.config.base import Section


class Splits(Section):
    """Speaker-disjoint shares; the rest of the speakers is for training."""

    calibration: float = Field(ge=0, lt=1, description="Share of speakers for early stops and calibration.")
    test: float = Field(ge=0, le=1, description="Share of speakers that nothing is fitted on.")
    folds: int | None = Field(
        ge=2,
        description="Cross-validation for small sets: the speakers are divided into so many folds, each is tested by "
        "models that were trained without it, and what they say of all is measured together; 'test' is not used and "
        "'calibration' is a share of the other folds. null: one split.",
    )
