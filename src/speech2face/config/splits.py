"""Config section `splits`: which speakers train, validate, calibrate and test."""

from pydantic import Field

from speech2face.config.base import Section


class Splits(Section):
    """Speaker-disjoint splits; the remaining speakers are for training."""

    validation: float = Field(
        ge=0,
        lt=1,
        description="Share of speakers who choose epochs, penalties, contrast and gain. Nothing else uses them.",
    )
    calibration: float = Field(
        ge=0,
        lt=1,
        description="Share of speakers on whom the bundle's intervals are calibrated. Nothing else uses them. 0 where "
        "others do it: the panel of the synthetic world, or predictions for left-out folds.",
    )
    test: float = Field(ge=0, le=1, description="Share of speakers for testing, on whom nothing is fitted.")
    folds: int | None = Field(
        ge=2,
        description="Number of folds of speakers for cross-validation on small data sets. Each fold is tested with "
        "models trained without it, and the predictions of all folds are measured together; 'test' is not used, and "
        "the other shares are of the other folds. null: one split.",
    )
