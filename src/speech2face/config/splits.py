"""Config section `splits`: which speakers train, calibrate and test."""

from pydantic import Field

from speech2face.config.base import Section


class Splits(Section):
    """Speaker-disjoint splits; the remaining speakers are for training."""

    calibration: float = Field(ge=0, lt=1, description="Share of speakers for early stopping and calibration.")
    test: float = Field(ge=0, le=1, description="Share of speakers for testing, on whom nothing is fitted.")
    folds: int | None = Field(
        ge=2,
        description="Number of folds of speakers for cross-validation on small data sets. Each fold is tested with "
        "models trained without it, and the predictions of all folds are measured together; 'test' is not used, and "
        "'calibration' is a share of the other folds. null: one split.",
    )
