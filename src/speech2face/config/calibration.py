"""Config section `calibration`: how sure an answer is."""

from pydantic import Field

from speech2face.config.base import Section


class Calibration(Section):
    """What an answer may say beyond the expected face, fitted after the models on people that they never met."""

    ensemble: int = Field(
        ge=0,
        le=20,
        description="Further voice encoders, trained with other seeds; where they disagree, nobody has taught them.",
    )
    lengths: tuple[float, ...] = Field(
        min_length=1, description="Seconds of each recording that are heard; lengths between are interpolated."
    )
    coverage: float = Field(gt=0.5, lt=1, description="Share of people whose truth sets and intervals cover.")
    outside: float = Field(
        gt=0, lt=0.5, description="Share of the calibration voices odder than which a voice is flagged as outside."
    )
    little_bits: float = Field(ge=0, description="A voice that says less about the face than this says little.")
    pixel_people: int = Field(gt=0, description="Calibration people whose pictures the map of doubt is calibrated on.")
    folds: int = Field(ge=2, description="Folds by person: what is calibrated was fitted on the other folds.")
    batch: int = Field(gt=0, description="Recordings heard at once.")
    noise_db: tuple[float, float] = Field(description="Shift `noise`: range of the signal-to-noise ratio, dB.")
    telephone_hz: tuple[float, float] = Field(description="Shift `telephone`: the band that is left, Hz.")
    threads: int = Field(gt=0, description="CPU threads; part of what makes a run repeatable.")
