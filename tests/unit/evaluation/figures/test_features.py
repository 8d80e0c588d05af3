"""Features: maps of faces and of voices."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speech2face.base.intervals import Estimate
from speech2face.evaluation.figures import features, style
from speech2face.evaluation.predictions.schema import Prediction, Predictions, read_predictions, write_predictions
from tests.unit.evaluation.figures.drawing import execute, fits, write_measures

Measures = dict[str, Estimate]


@pytest.fixture
def measures() -> Measures:
    """What the family features measures."""
    made = {}
    for attribute, chance in {"sex": 49.0, "age_band": 17.0, "ethnicity": 33.0}.items():
        made[f"faces.features.{attribute}.neighbours"] = Estimate(value=90, low=84.3, high=94, n=12)
        made[f"s2f.features.{attribute}.neighbours"] = Estimate(value=80, low=70, high=88, n=12)
        made[f"chance.features.{attribute}.neighbours"] = Estimate(value=chance, low=chance, high=chance, n=12)
    return made


@pytest.fixture
def path(make_reconstructions: Callable[..., pd.DataFrame], tmp_path: Path) -> Path:
    """The table of predictions of 12 speakers with two clips each."""
    made = make_reconstructions(12)
    faces, voices = (np.stack(made[column].to_list()) for column in ("face_embedding", "voice_embedding"))
    write_predictions(tmp_path / "predictions.arrow", made, faces, [Prediction.complete("s2f", voices)])
    return tmp_path / "predictions.arrow"


@pytest.fixture
def predictions(path: Path) -> Predictions:
    """The same, read."""
    return read_predictions(path)


def test_maps_of_faces_stand_above_maps_of_voices(measures: Measures, predictions: Predictions) -> None:
    figure = features.draw(measures, predictions)
    assert [axes.get_title() for axes in figure.axes] == [
        "Sex: 90 % (84–94), chance 49 %",
        "Age band: 90 % (84–94), chance 17 %",
        "Ethnicity: 90 % (84–94), chance 33 %",
        "Sex: 80 % (70–88), chance 49 %",
        "Age band: 80 % (70–88), chance 17 %",
        "Ethnicity: 80 % (70–88), chance 33 %",
    ]
    assert [axes.get_ylabel() for axes in figure.axes[::3]] == list(features.SPACE_LABELS.values())
    sex = figure.axes[3]
    drawn = {str(points.get_label()): points for points in sex.collections}
    voices = features.map_of(predictions.methods["s2f"].embeddings)
    female = (predictions.clips["sex"] == "female").to_numpy()
    np.testing.assert_array_equal(drawn["female"].get_offsets(), voices[female])
    np.testing.assert_array_equal(drawn["male"].get_offsets(), voices[~female])
    assert set(drawn) == set(style.SEX_COLOURS)
    ages = [text.get_text() for text in figure.axes[4].get_legend().get_texts()]
    assert ages == ["20–29", "30–39"]


def test_the_youngest_come_first_and_the_oldest_last(measures: Measures, predictions: Predictions) -> None:
    ages = [85.0, 5, 12] + [41.0] * 21
    figure = features.draw(measures, Predictions(**(vars(predictions) | {"clips": predictions.clips.assign(age=ages)})))
    texts = [text.get_text() for text in figure.axes[4].get_legend().get_texts()]
    assert texts == ["<10", "10–19", "40–49", "80 and over"]


def test_a_map_keeps_clusters_and_is_the_same_every_time() -> None:
    rng = np.random.default_rng(0)
    group = np.arange(40) % 2 == 0
    embeddings = (rng.normal(size=(40, 8)) + 20 * group[:, None]).astype(np.float32)
    positions = features.map_of(embeddings)
    np.testing.assert_array_equal(positions, features.map_of(embeddings))
    centres = positions[group].mean(axis=0), positions[~group].mean(axis=0)
    nearer = [np.linalg.norm(positions - centre, axis=1) for centre in centres]
    np.testing.assert_array_equal(nearer[0] < nearer[1], group)


def test_what_was_not_measured_is_not_drawn(measures: Measures, predictions: Predictions) -> None:
    bare = {name: m for name, m in measures.items() if ".sex." in name}
    assert len(features.draw(bare, predictions).axes) == 2
    assert style.INVENTED in [text.get_text() for text in features.draw(bare, predictions).texts]
    with pytest.raises(ValueError, match="gives no labels"):
        features.draw({}, predictions)


def test_a_large_test_set_is_thinned(
    measures: Measures, predictions: Predictions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "MOST_CLIPS", 10)
    bare = {name: m for name, m in measures.items() if ".sex." in name}
    panel = features.draw(bare, predictions).axes[0]
    assert sum(len(points.get_offsets()) for points in panel.collections) == 10


def test_nothing_reaches_over_the_edge(measures: Measures, predictions: Predictions) -> None:
    figure = features.draw(measures, predictions)
    assert fits(figure)


def test_the_notebook_draws_it(measures: Measures, path: Path, tmp_path: Path) -> None:
    inputs = {"measures": write_measures(tmp_path / "features.json", measures), "predictions": str(path)}
    execute("features", inputs, tmp_path)
