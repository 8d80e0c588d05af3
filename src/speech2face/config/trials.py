"""Config section `trials`: further recordings and variants on the test speakers."""

from pydantic import Field

from speech2face.config.base import Section


class Trials(Section):
    """What is tried with the trained voice encoder on the test speakers."""

    seconds: tuple[float, ...] = Field(description="Lengths of one long recording that are heard from its start.")
    moments: tuple[float, ...] = Field(description="Starts, in seconds, of the stretches of each clip that are heard.")
    moment_seconds: float = Field(gt=0, description="Length of such a stretch.")
    languages: tuple[str, ...] = Field(
        description="Languages that every talker speaks besides the own one, as espeak-ng calls them."
    )
    language_seconds: float = Field(gt=0, description="Length of a recording in a language.")
    variants: tuple[str, ...] = Field(
        description="Variants of the voice encoder (config/variants) that are trained beside it and compared."
    )
