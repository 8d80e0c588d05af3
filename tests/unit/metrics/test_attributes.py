"""Probes and age bands."""

import numpy as np
import pandas as pd
import pytest

from speech2face.metrics.attributes import Probe, age_band, labels_of


@pytest.mark.parametrize(
    ("years", "band"),
    [(3, "<10"), (10, "10"), (29.9, "20"), (79.9, "70"), (85, "80"), (None, None), (np.nan, None)],
)
def test_age_band(years, band):
    assert age_band(years) == band


def test_missing_labels_stay_missing():
    labels = labels_of(pd.DataFrame({"sex": [None], "age": [None], "ethnicity": ["asian"]}))
    assert labels.iloc[0].tolist() == [None, None, "asian"]


def test_probe_finds_what_is_there_and_not_what_is_not():
    rng = np.random.default_rng(0)
    faces = rng.normal(size=(400, 12))
    sex = np.where(faces[:, 3] > 0, "female", "male")
    probe = Probe(faces[:200], sex[:200].tolist(), 0)
    assert (probe.predict(faces[200:]) == sex[200:]).mean() > 0.9
    blind = Probe(faces[:200], rng.permutation(sex[:200]).tolist(), 0)
    assert abs((blind.predict(faces[200:]) == sex[200:]).mean() - 0.5) < 0.15
