"""Baselines without a neural network: regression and nearest neighbour on acoustic measures, and mean faces."""

from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from speech2face.base.columns import mapped_values
from speech2face.data.voices.features import FEATURES
from speech2face.evaluation.predictions.schema import Prediction

_PENALTIES = np.logspace(-1, 4, 11)


def acoustics(rows: pd.DataFrame, voices: Path) -> Float[np.ndarray, "clips features"]:
    """The acoustic measures of each clip; NaN where one could not be taken.

    Args:
        rows: of the index.
        voices: folder of the voices phase's shards.
    """
    return np.stack([np.array(mapped_values(rows, voices, name), float) for name in FEATURES], axis=1)


def baselines(
    train_features: Float[np.ndarray, "train features"],
    train_faces: Float[np.ndarray, "train d"],
    train: pd.DataFrame,
    test_features: Float[np.ndarray, "test features"],
    test: pd.DataFrame,
) -> list[Prediction]:
    """Predict the face embeddings of the test clips by each baseline.

    `acoustic_ridge`: ridge regression on the acoustic measures. `nearest_voice`: the face of the training clip with the
    nearest acoustic measures. `mean_face_of_sex`: the mean face of the training clips of the same sex, where sexes are
    known. `mean_face`: the mean face of all training clips.

    Args:
        train_features, test_features: acoustic measures; NaN is replaced by the training median.
        train_faces: true face embeddings of the training clips.
        train, test: rows of the index, for the sex.
    """
    medians = np.nanmedian(train_features, axis=0)
    train_features, test_features = (np.where(np.isnan(x), medians, x) for x in (train_features, test_features))
    scale = StandardScaler().fit(train_features)
    ridge = make_pipeline(StandardScaler(), RidgeCV(_PENALTIES)).fit(train_features, train_faces)
    distances = np.linalg.norm(scale.transform(test_features)[:, None] - scale.transform(train_features)[None], axis=2)
    predictions = [
        Prediction.complete("acoustic_ridge", ridge.predict(test_features)),
        Prediction.complete("nearest_voice", train_faces[distances.argmin(axis=1)]),
    ]
    mean = train_faces.mean(axis=0)
    if train["sex"].notna().any():
        sexes = train["sex"].dropna().unique()
        of_sex = {sex: train_faces[(train["sex"] == sex).to_numpy()].mean(axis=0) for sex in sexes}
        embeddings = np.stack([of_sex.get(sex, mean) for sex in test["sex"]])
        predictions.append(Prediction.complete("mean_face_of_sex", embeddings))
    return [*predictions, Prediction.complete("mean_face", np.tile(mean, (len(test), 1)))]
