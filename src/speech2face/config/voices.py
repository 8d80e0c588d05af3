"""Config section `voices`: what counts as a voice."""

from pydantic import Field

from speech2face.config.base import Section


class Voices(Section):
    """What counts as a voice."""

    min_speech_ratio: float = Field(ge=0, le=1, description="Least share of the clip that must be speech.")
    min_loudness_db: float = Field(le=0, description="Clips quieter than this (dBFS) are rejected as silent.")
