"""Sampling of talkers, including every statistical coupling of voice and face.

Each talker has a random stream of its own, so no talker changes when others are added or the number of shards
changes.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from speech2face.base.random import stream
from speech2face.base.shards import shard_of
from speech2face.config import Talkers
from speech2face.config.talkers import GivenTraits, talker_id
from speech2face.data.talkers.appearance import Appearance, sample_appearance
from speech2face.data.talkers.head import LOCAL_CHANGES, TRACT_CHANGES, HeadShape
from speech2face.data.talkers.text import LANGUAGES
from speech2face.data.talkers.voice import VoiceParameters

Sex = Literal["female", "male"]
Ethnicity = Literal["african", "asian", "caucasian"]
SEXES: tuple[Sex, ...] = get_args(Sex)
ETHNICITIES: tuple[Ethnicity, ...] = get_args(Ethnicity)

# Languages and accents of each group when the coupling holds. They are invented and make language a weak cue to the
# group, as in real data.
LANGUAGES_OF = {
    "african": ("sw", "am", "en-029"),
    "asian": ("cmn", "ja", "vi", "id"),
    "caucasian": ("en-us", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "de", "fr", "es", "ru"),
}

# Middle of the world's mean pitches: 119 Hz for men and 207 Hz for women (Traunmueller and Eriksson 1995).
_MIDDLE_PITCH_HZ = 157.0
_MIDDLE_SPEED_WPM = 165.0
_MIDDLE_AGE_YEARS = 45.0


@dataclass(frozen=True, kw_only=True)
class Talker:
    """One talker's ground truth: person, appearance and voice."""

    talker_id: str
    sex: Sex
    age: float
    """Years."""
    ethnicity: Ethnicity
    tract: float
    """Vocal tract length relative to people of the same sex, in standard deviations."""
    shape: HeadShape
    appearance: Appearance
    voice: VoiceParameters


def talkers_of_shard(count: int, shard: int, shards: int) -> list[int]:
    """The numbers of the talkers in `shard`."""
    return [number for number in range(count) if shard_of(talker_id(number), shards) == shard]


def world_of_shard(world: Talkers, shard: int, shards: int) -> Talkers:
    """The settings reduced to what affects the talkers of `shard`.

    A change that leaves the result equal (more talkers, given traits of other shards' talkers) needs no new videos of
    the shard.
    """
    numbers = talkers_of_shard(world.count, shard, shards) or [0]
    names = [talker_id(number) for number in numbers]
    given = {name: traits for name, traits in world.given.items() if name in names}
    return world.model_copy(update={"count": numbers[-1] + 1, "given": given})


def world_of_panel(world: Talkers) -> Talkers:
    """The settings without those that affect only the people in videos: their number and given traits."""
    return world.model_copy(update={"count": 1, "given": {}})


def sample_talker(number: int, seed: int, world: Talkers) -> Talker:
    """Draw talker `number`; a trait in `world.given` is drawn too, to keep the random stream, and then replaced."""
    rng = stream(seed, "talkers", number)
    given = world.given.get(talker_id(number), GivenTraits())
    drawn_sex = SEXES[rng.integers(len(SEXES))]
    drawn_age = float(rng.uniform(*world.age_years))
    drawn_ethnicity = ETHNICITIES[rng.integers(len(ETHNICITIES))]
    drawn_tract = float(rng.normal())
    sex = given.sex or drawn_sex
    age = drawn_age if given.age is None else given.age
    ethnicity = given.ethnicity or drawn_ethnicity
    tract = drawn_tract if given.tract is None else given.tract
    return Talker(
        talker_id=talker_id(number),
        sex=sex,
        age=age,
        ethnicity=ethnicity,
        tract=tract,
        shape=_shape(rng, sex, age, ethnicity, tract, world),
        appearance=sample_appearance(rng, sex=sex, age=age, ethnicity=ethnicity),
        voice=_voice(rng, sex, age, ethnicity, tract, world),
    )


def _shape(rng: np.random.Generator, sex: str, age: float, ethnicity: str, tract: float, world: Talkers) -> HeadShape:
    own = float(rng.uniform(0.75, 1.0))
    other: dict[str, float] = dict(zip(ETHNICITIES, rng.dirichlet(np.ones(len(ETHNICITIES))) * (1 - own), strict=True))
    mixture: dict[str, float] = {name: float(other[name]) + (own if name == ethnicity else 0.0) for name in ETHNICITIES}
    local: dict[str, float] = dict(
        zip(LOCAL_CHANGES, rng.normal(0, world.shape_spread, len(LOCAL_CHANGES)).tolist(), strict=True)
    )
    for name, change in TRACT_CHANGES.items():
        local[name] += change * tract * world.couplings.tract_to_head
    phenotypes: dict[str, float] = {
        "gender": float(np.clip(rng.normal(0.95, 0.06), 0.75, 1.0))
        if sex == "male"
        else float(np.clip(rng.normal(0.05, 0.06), 0.0, 0.25)),
        "age": phenotype_age(age),
        "muscle": float(np.clip(rng.normal(0.5, 0.12), 0.2, 0.8)),
        "weight": float(np.clip(rng.normal(0.5, 0.15), 0.15, 0.9)),
        "height": 0.5,
        "proportions": float(np.clip(rng.normal(0.6, 0.15), 0.2, 1.0)),
        **mixture,
    }
    return HeadShape(phenotypes=phenotypes, local_changes={k: float(np.clip(v, -1, 1)) for k, v in local.items()})


def phenotype_age(years: float) -> float:
    """The head model's age parameter: 2/3 is its young adult (25 years), 1 its old one (90 years)."""
    return float(np.interp(years, [12, 25, 90], [0.5, 2 / 3, 1.0]))


def _voice(
    rng: np.random.Generator, sex: str, age: float, ethnicity: str, tract: float, world: Talkers
) -> VoiceParameters:
    couplings, spread = world.couplings, world.voice_spread
    female = 0.5 if sex == "female" else -0.5
    decades_adult = (age - 20) / 10
    decades_late = max(0.0, (age - _MIDDLE_AGE_YEARS) / 10)
    semitones = (
        couplings.sex_to_pitch_semitones * female
        - couplings.age_to_pitch_semitones * decades_late * np.sign(female)
        - couplings.tract_to_pitch_semitones * tract
        + rng.normal(0, spread.pitch_semitones)
    )
    formants = (
        (1 + couplings.sex_to_formants * (female + 0.5))
        * (1 - couplings.tract_to_formants * tract)
        * (1 + rng.normal(0, spread.formants))
    )
    roughness = 1.0 + couplings.age_to_roughness * decades_adult + rng.normal(0, spread.roughness)
    breath = 15.0 + couplings.sex_to_breath * female + rng.normal(0, spread.breath)
    speed = (
        _MIDDLE_SPEED_WPM
        - couplings.age_to_speed_wpm * (age - _MIDDLE_AGE_YEARS) / 10
        + rng.normal(0, spread.speed_wpm)
    )
    own = rng.uniform() < couplings.ethnicity_to_language
    choices = LANGUAGES_OF[ethnicity] if own else LANGUAGES
    return VoiceParameters(
        pitch_hz=float(np.clip(_MIDDLE_PITCH_HZ * 2 ** (semitones / 12), 75, 300)),
        formant_scale=float(np.clip(formants, 0.75, 1.3)),
        roughness=float(np.clip(roughness, 0, 7)),
        breath=float(np.clip(breath, 0, 60)),
        speed_wpm=float(np.clip(speed, 110, 220)),
        language=str(choices[rng.integers(len(choices))]),
    )
