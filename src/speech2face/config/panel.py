"""Config section `panel`: people who are in no video."""

from pydantic import Field

from speech2face.config.base import Section


class Setting(Section):
    """Changes of the synthesiser that no calibration voice has; invented."""

    pitch_range: float = Field(ge=0, le=0.8, description="Width of the intonation, as a share of the pitch.")
    breath: float = Field(ge=0, le=60, description="Added breathiness, in espeak units.")
    faster: float = Field(gt=0, description="Factor on the speaking rate.")


class Panel(Section):
    """Further talkers, who are in no video: one picture and some recordings of each. Only with source talkers."""

    calibration: int = Field(gt=0, description="People on whom intervals, sets and scores are calibrated.")
    audit: int = Field(gt=0, description="Held-out people, on whom the coverage is checked.")
    shifted: int = Field(ge=0, description="Audit people who are also recorded under every shift.")
    shards: int = Field(gt=0, le=1000, description="Shards of each of the two sets.")
    seconds: float = Field(gt=0, description="Length of a recording in the usual voice, seconds.")
    shift_seconds: float = Field(gt=0, description="Length of a recording in another language or setting, seconds.")
    setting: Setting
