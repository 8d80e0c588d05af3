"""Config section `panel`: people who are in no video."""

from pydantic import Field

from speech2face.config.base import Section


class Setting(Section):
    """Another setting of the synthesiser, for a voice that nothing was calibrated on; invented."""

    pitch_range: float = Field(ge=0, le=0.8, description="Width of intonation, as a share of the pitch.")
    breath: float = Field(ge=0, le=60, description="Added breathiness, in espeak units.")
    faster: float = Field(gt=0, description="Factor on the rate.")


class Panel(Section):
    """Further talkers who are in no video: one picture and some recordings of each. Only of the talkers' world."""

    calibration: int = Field(gt=0, description="People that intervals, sets and scores are calibrated on.")
    audit: int = Field(gt=0, description="People that nothing is fitted on, who check what is promised.")
    shifted: int = Field(ge=0, description="Those of the audit who are also heard under every shift.")
    shards: int = Field(gt=0, le=1000, description="Shards of each of the two sets.")
    seconds: float = Field(gt=0, description="Length of a recording in the usual voice.")
    shift_seconds: float = Field(gt=0, description="Length of a recording in another language or setting.")
    setting: Setting
