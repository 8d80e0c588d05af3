"""Shares of speakers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speech2face.evaluation.metrics.population import measure, shares_of
from tests.unit.evaluation.metrics.readable import SETTINGS, TESTED, TRAINED, write_world


def test_shares_are_of_speakers_and_not_of_clips():
    clips = pd.DataFrame(
        {
            "speaker_id": ["a", "b", "b", "b", "c"],
            "sex": ["female", "male", "male", "male", None],
            "age": [8.0, 35.0, 41.0, 41.0, 90.0],
            "ethnicity": None,
            "language": "en-us",
        }
    )
    found = shares_of(clips, np.random.default_rng(0), 200)
    values = {name: measure.value for name, measure in found.items()}
    assert values == pytest.approx(
        {
            "clips": 5,
            "sex.female": 50,
            "sex.male": 50,
            "age_band.under_10": 100 / 3,
            "age_band.30": 100 / 9,
            "age_band.40": 200 / 9,
            "age_band.80": 100 / 3,
            "language.en-us": 100,
        }
    )
    assert (found["clips"].n, found["sex.male"].n, found["age_band.30"].n) == (3, 2, 3)
    assert found["language.en-us"].low < 50


def test_measures_of_both_splits(tmp_path: Path):
    found = measure(index=write_world(tmp_path)["index"], settings=SETTINGS, seed=5)
    assert found["population.train.clips"].value == 2 * TRAINED
    assert found["population.test.clips"].n == TESTED
    assert found["population.test.sex.male"].value == 50
    assert found["population.test.language.hi"].value == pytest.approx(100 / 3)
    assert found["population.test.sex.male"].low < 30 < 70 < found["population.test.sex.male"].high
    bands = [measure.value for name, measure in found.items() if name.startswith("population.train.age_band.")]
    assert sum(bands) == pytest.approx(100)
