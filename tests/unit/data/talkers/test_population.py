"""Sampling of talkers: couplings of the config hold, removed ones do not, and talkers do not depend on each other."""

from pathlib import Path

import numpy as np
import pytest

from speech2face.base.shards import shard_of
from speech2face.config import ConfigError, Talkers, load_config, parse
from speech2face.config.talkers import GivenTraits, talker_id
from speech2face.data.talkers.population import (
    ETHNICITIES,
    LANGUAGES_OF,
    phenotype_age,
    sample_talker,
    talkers_of_shard,
    world_of_shard,
)
from speech2face.data.talkers.text import LANGUAGES

CONFIG = Path(__file__).parents[4] / "config"


def people(*overlays, count=400):
    world = load_config([CONFIG / "config.yaml", *(CONFIG / "overlays" / f"{name}.yaml" for name in overlays)]).talkers
    return [sample_talker(number, 7, world) for number in range(count)]


@pytest.fixture(scope="module")
def coupled():
    return people()


@pytest.fixture(scope="module")
def null():
    return people("null")


def correlation(talkers, face, voice):
    return abs(np.corrcoef([face(t) for t in talkers], [voice(t) for t in talkers])[0, 1])


COUPLINGS = {
    "sex to pitch": (lambda t: t.sex == "female", lambda t: np.log(t.voice.pitch_hz)),
    "sex to formants": (lambda t: t.sex == "female", lambda t: t.voice.formant_scale),
    "sex to breath": (lambda t: t.sex == "female", lambda t: t.voice.breath),
    "age to roughness": (lambda t: t.age, lambda t: t.voice.roughness),
    "age to speed": (lambda t: t.age, lambda t: t.voice.speed_wpm),
    "tract to formants": (lambda t: t.tract, lambda t: t.voice.formant_scale),
    "group to language": (
        lambda t: t.ethnicity == "asian",
        lambda t: t.voice.language in LANGUAGES_OF["asian"],
    ),
}


@pytest.mark.parametrize("name", COUPLINGS)
def test_coupling_is_there_and_the_null_world_cuts_it(coupled, null, name):
    assert correlation(coupled, *COUPLINGS[name]) > 0.3
    assert correlation(null, *COUPLINGS[name]) < 0.17


def test_tract_length_moves_the_face_only_where_it_is_coupled(coupled, null):
    def chin(talker):
        return talker.shape.local_changes["chin-height"]

    assert correlation(coupled, lambda t: t.tract, chin) > 0.5
    assert correlation(null, lambda t: t.tract, chin) < 0.17


def test_looks_that_are_no_part_of_a_coupling_tell_nothing_of_the_voice(coupled):
    men = [t for t in coupled if t.sex == "male" and t.ethnicity == "caucasian"]
    assert correlation(men, lambda t: t.shape.phenotypes["weight"], lambda t: t.voice.formant_scale) < 0.3


def test_mean_pitches_are_those_of_the_source(coupled):
    for sex, hertz in (("male", 119), ("female", 207)):
        pitches = [t.voice.pitch_hz for t in coupled if t.sex == sex and t.age < 45]
        assert np.exp(np.mean(np.log(pitches))) == pytest.approx(hertz, rel=0.05)


def test_everybody_is_somebody(coupled):
    assert {t.ethnicity for t in coupled} == set(ETHNICITIES)
    assert {t.voice.language for t in coupled} <= set(LANGUAGES)
    assert all(18 <= t.age <= 80 for t in coupled)
    assert len({t.voice for t in coupled}) == len(coupled)


def test_groups_share_no_language():
    spoken = [language for languages in LANGUAGES_OF.values() for language in languages]
    assert len(spoken) == len(set(spoken))
    assert set(spoken) <= set(LANGUAGES)


def test_a_talker_does_not_depend_on_the_others(coupled):
    world = load_config([CONFIG / "config.yaml"]).talkers
    assert sample_talker(17, 7, world) == coupled[17]
    assert sample_talker(17, 8, world) != coupled[17]


def test_phenotype_age_meets_its_anchors():
    assert phenotype_age(25) == pytest.approx(2 / 3)
    assert phenotype_age(90) == pytest.approx(1)
    assert phenotype_age(18) < phenotype_age(19)


def test_a_given_trait_changes_what_follows_from_it_and_nothing_else():
    world = load_config([CONFIG / "config.yaml"]).talkers
    changed = world.model_copy(update={"given": {"t00017": GivenTraits(age=80.0, tract=2.0)}})
    before, after = sample_talker(17, 7, world), sample_talker(17, 7, changed)
    assert (after.age, after.tract) == (80.0, 2.0)
    assert (after.sex, after.ethnicity) == (before.sex, before.ethnicity)
    assert after.shape.phenotypes["age"] == phenotype_age(80.0)
    assert after.shape.phenotypes["weight"] == before.shape.phenotypes["weight"]
    assert after.voice.speed_wpm < before.voice.speed_wpm
    assert after.voice.formant_scale < before.voice.formant_scale
    assert sample_talker(16, 7, changed) == sample_talker(16, 7, world)


def test_the_world_of_a_shard_is_what_the_shard_shows():
    world = load_config([CONFIG / "config.yaml"]).talkers.model_copy(update={"count": 50})
    larger = world.model_copy(update={"count": 51, "given": {"t00017": GivenTraits(sex="male")}})
    changed = set()
    for shard in range(5):
        part = world_of_shard(larger, shard, 5)
        numbers = talkers_of_shard(larger.count, shard, 5)
        assert talkers_of_shard(part.count, shard, 5) == numbers
        assert set(part.given) == ({"t00017"} if 17 in numbers else set())
        if part != world_of_shard(world, shard, 5):
            changed |= set(numbers)
    # The shards of the new talker and of the changed one, and no others.
    assert {17, 50} <= changed
    assert changed == {
        n for n in range(51) if any(shard_of(talker_id(n), 5) == shard_of(talker_id(m), 5) for m in (17, 50))
    }


def test_a_shard_of_nobody_is_a_world_without_its_talkers():
    world = load_config([CONFIG / "config.yaml"]).talkers.model_copy(update={"count": 2})
    empty = next(shard for shard in range(50) if not talkers_of_shard(2, shard, 50))
    assert not talkers_of_shard(world_of_shard(world, empty, 50).count, empty, 50)


def test_traits_of_a_talker_who_is_not_there_are_one_clear_line():
    values = load_config([CONFIG / "config.yaml"]).talkers.model_dump()
    with pytest.raises(ConfigError, match="given names 't00999', which is no talker; they are t00000 to t00619"):
        parse(Talkers, values | {"given": {"t00999": {"age": 30}}}, "talkers")
