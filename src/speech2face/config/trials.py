"""Config section `trials`: further recordings and variants on the test speakers."""

from pydantic import Field

from speech2face.config.base import Section


class Trials(Section):
    """Experiments with the trained voice encoder on the test speakers."""

    seconds: tuple[float, ...] = Field(
        description="Excerpts of one long recording, all from its start: lengths in seconds."
    )
    moments: tuple[float, ...] = Field(description="Excerpts of each clip: starts in seconds.")
    moment_seconds: float = Field(gt=0, description="Length of such an excerpt, seconds.")
    languages: tuple[str, ...] = Field(
        description="Languages that every talker speaks besides their own, by the names of espeak-ng."
    )
    language_seconds: float = Field(gt=0, description="Length of a recording in a language, seconds.")
    variants: tuple[str, ...] = Field(
        description="Variants of the voice encoder (config/variants) that are trained too and compared with it."
    )
