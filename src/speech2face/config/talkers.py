"""Config section `talkers`: the invented world. Every number is invented unless its description names a source."""

from typing import Literal, Self

from pydantic import Field, model_validator

from speech2face.config.base import Section


class Couplings(Section):
    """How strongly traits of a person shape the voice; zero removes a coupling."""

    sex_to_pitch_semitones: float = Field(
        description="How much higher women speak than men. 9.6 semitones lie between the means of 119 and 207 Hz "
        "(Traunmueller and Eriksson 1995)."
    )
    sex_to_formants: float = Field(
        description="How much higher women's formants lie than men's, as a share: about 0.16 (Fant 1966)."
    )
    sex_to_breath: float = Field(description="How much breathier women's voices are, in espeak units; invented.")
    age_to_pitch_semitones: float = Field(
        description="Change per decade from age 45 on, semitones: up in men, down in women "
        "(direction: Hollien and Shipp 1972; size invented)."
    )
    age_to_roughness: float = Field(
        description="Increase of roughness per decade from age 20, in espeak units; invented."
    )
    age_to_speed_wpm: float = Field(
        description="Decrease per decade of the rate, words a minute (direction: Linville 2001; size invented)."
    )
    tract_to_formants: float = Field(
        description="Share by which formants fall when the vocal tract is one standard deviation longer; invented."
    )
    tract_to_pitch_semitones: float = Field(
        description="Semitones by which pitch falls with one standard deviation of tract length; invented."
    )
    tract_to_head: float = Field(
        ge=0,
        description="How much one standard deviation of tract length moves jaw, nose and head; invented. "
        "Zero leaves the length audible but invisible.",
    )
    ethnicity_to_language: float = Field(
        ge=0,
        le=1,
        description="Probability that the language is drawn from those of the talker's own group instead of all; "
        "invented.",
    )


class VoiceSpread(Section):
    """Standard deviations of the random part of a voice; invented."""

    pitch_semitones: float = Field(ge=0, description="Pitch between people of the same sex, age and tract length.")
    formants: float = Field(ge=0, description="Formant scale between such people, as a share.")
    roughness: float = Field(ge=0, description="Roughness between people, in espeak units.")
    breath: float = Field(ge=0, description="Breathiness between people, in espeak units.")
    speed_wpm: float = Field(ge=0, description="Speaking rate between people, words a minute.")


class GivenTraits(Section):
    """Traits of a talker that are given; null: as drawn."""

    sex: Literal["female", "male"] | None = Field(default=None, description="Sex.")
    age: float | None = Field(default=None, ge=12, le=90, description="Age in years; the head model knows 12 to 90.")
    ethnicity: Literal["african", "asian", "caucasian"] | None = Field(
        default=None, description="Pole of the head model that this talker is nearest to."
    )
    tract: float | None = Field(
        default=None,
        ge=-4,
        le=4,
        description="Length of the vocal tract, in standard deviations from the mean of the sex.",
    )


class Talkers(Section):
    """The invented world: people, their clips, and the couplings of voice and face."""

    count: int = Field(gt=0, description="Number of talkers.")
    clips_per_talker: int = Field(gt=0, description="Clips of each talker; text, light, motion and clothes differ.")
    seconds: float = Field(gt=0, description="Length of a clip.")
    fps: float = Field(gt=0, description="Frames a second.")
    size: int = Field(ge=64, multiple_of=2, description="Width and height of the video, pixels.")
    age_years: tuple[float, float] = Field(description="Youngest and oldest talker; ages are uniform between.")
    shape_spread: float = Field(
        ge=0,
        description="Standard deviation of the local shape changes of a head (MakeHuman units; invented).",
    )
    noise_db: tuple[float, float] = Field(description="Range of the signal-to-noise ratio of a clip's sound, dB.")
    couplings: Couplings
    voice_spread: VoiceSpread
    given: dict[str, GivenTraits] = Field(
        description="Traits of single talkers, by name (t00017), that are given instead of drawn: an intervention, "
        "which changes what follows from these traits and nothing else of this talker or any other."
    )

    @model_validator(mode="after")
    def _given_are_talkers(self) -> Self:
        """Names in `given` must be those of talkers."""
        if strangers := [name for name in self.given if name not in map(talker_id, range(self.count))]:
            raise ValueError(
                f"given names {strangers[0]!r}, which is no talker; they are {talker_id(0)} to "
                f"{talker_id(self.count - 1)}."
            )
        return self


def talker_id(number: int) -> str:
    """The name of talker `number`."""
    return f"t{number:05d}"


def talker_number(name: str) -> int:
    """The number of the talker of a name."""
    return int(name.removeprefix("t"))
