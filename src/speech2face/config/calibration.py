"""Config section `calibration`: how sure an answer is."""

from pydantic import Field

from speech2face.config.base import Section


class Calibration(Section):
    """Uncertainty of the answers, fitted after the models on people who were not in their training."""

    ensemble: int = Field(
        ge=0,
        le=20,
        description="Number of further voice encoders, trained with other seeds; their disagreement widens the answer.",
    )
    lengths: tuple[float, ...] = Field(
        min_length=1, description="Lengths (seconds) of each recording to calibrate on; between them is interpolated."
    )
    coverage: float = Field(
        gt=0.5, lt=1, description="Coverage of sets and intervals: the share of people whose true value they contain."
    )
    outside: float = Field(
        gt=0,
        lt=0.5,
        description="A voice is flagged as outside if at most this share of the calibration voices are odder.",
    )
    little_bits: float = Field(
        ge=0, description="A voice with less information about the face than this (bits) is reported as saying little."
    )
    traits: bool = Field(
        description="Whether answers of a model of real people also have sets and intervals of traits (sex, age, "
        "craniofacial ratios): for research on people who consented to that, and never in the page "
        "(docs/consent.md). Those of invented talkers always have them."
    )
    pixel_people: int = Field(
        gt=0, description="Number of calibration people whose pictures the uncertainty map is calibrated on."
    )
    folds: int = Field(
        ge=2, description="Folds of people for cross-fitting: each is calibrated with a fit on the others."
    )
    batch: int = Field(gt=0, description="Recordings in one batch.")
    noise_db: tuple[float, float] = Field(description="Shift `noise`: range of the signal-to-noise ratio, dB.")
    telephone_hz: tuple[float, float] = Field(
        description="Shift `telephone`: lower and upper end of the pass band, Hz."
    )
    threads: int = Field(gt=0, description="CPU threads; results are repeatable for a fixed number.")
