"""Appearances: statistics that are promised, and the same from the same seed."""

import dataclasses

import numpy as np
import pytest

from speech2face.data.talkers.appearance import HAIR_STYLES, Appearance, Ethnicity, Sex, sample_appearance


def draw(count: int, *, sex: Sex = "male", age: float = 30.0, ethnicity: Ethnicity = "caucasian") -> list[Appearance]:
    rng = np.random.default_rng(3)
    return [sample_appearance(rng, sex=sex, age=age, ethnicity=ethnicity) for _ in range(count)]


def lightness(people: list[Appearance], field: str) -> np.ndarray:
    return np.array([sum(getattr(person, field)) / 3 for person in people])


def test_same_seed_same_person_and_another_seed_another() -> None:
    assert draw(3) == draw(3)
    assert len({person.seed for person in draw(50)}) == 50


@pytest.mark.parametrize("sex", ["female", "male"])
@pytest.mark.parametrize("ethnicity", ["african", "asian", "caucasian"])
@pytest.mark.parametrize("age", [18.0, 50.0, 80.0])
def test_numbers_keep_their_ranges(sex: Sex, ethnicity: Ethnicity, age: float) -> None:
    for person in draw(60, sex=sex, age=age, ethnicity=ethnicity):
        for field in dataclasses.fields(person):
            value = getattr(person, field.name)
            if isinstance(value, tuple):
                assert all(0 <= part <= 1 for part in value), field.name
            elif isinstance(value, float):
                assert -1 <= value <= 1 if field.name == "parting" else 0 <= value <= 1, field.name


def test_skin_varies_within_a_group_and_between_groups() -> None:
    shades = {group: lightness(draw(200, ethnicity=group), "skin_rgb") for group in ("african", "asian", "caucasian")}
    assert shades["african"].mean() < shades["asian"].mean() < shades["caucasian"].mean()
    assert all(values.std() > 0.02 for values in shades.values())


def test_women_have_no_beards_and_men_often() -> None:
    assert all(person.beard == "none" for person in draw(100, sex="female"))
    assert 0.3 < np.mean([person.beard != "none" for person in draw(300)]) < 0.8


def test_age_greys_lines_and_bares() -> None:
    young, old = draw(300, age=22.0), draw(300, age=78.0)
    assert np.mean([person.grey for person in young]) < 0.05 < 0.7 < np.mean([person.grey for person in old])
    assert max(person.age_lines for person in young) < 0.3 < np.mean([person.age_lines for person in old])
    bald_young, bald_old = (np.mean([person.hair_style == "bald" for person in people]) for people in (young, old))
    assert bald_old > bald_young + 0.1


def test_every_hair_style_is_worn_by_somebody() -> None:
    worn = {
        person.hair_style
        for sex in ("female", "male")
        for group in ("african", "asian", "caucasian")
        for person in draw(200, sex=sex, ethnicity=group)
    }
    assert worn == set(HAIR_STYLES)


def test_unknown_hair_style_is_refused() -> None:
    with pytest.raises(ValueError, match="mohawk"):
        dataclasses.replace(draw(1)[0], hair_style="mohawk")
