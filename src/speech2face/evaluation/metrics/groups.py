"""The candidates for a speaker: everyone, or speakers of the same sex, or of the same sex, age band and ethnicity."""

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from speech2face.evaluation.metrics.labels import labels_of
from speech2face.evaluation.metrics.retrieval import centred_cosine
from speech2face.evaluation.predictions.schema import Prediction

SEX = ("sex",)
GROUP = ("sex", "age_band", "ethnicity")

_DECIMALS = 9


def others_alike(
    clips: pd.DataFrame, speakers: Int[np.ndarray, "clips"], attributes: tuple[str, ...]
) -> Bool[np.ndarray, "clips clips"]:
    """Which clips are of another speaker and have the same `attributes`; an unknown label equals no other.

    Args:
        clips: `sex`, `age` and `ethnicity` of each.
        attributes: of `metrics.labels.ATTRIBUTES`; if empty, all other speakers.
    """
    alike = speakers[:, None] != speakers[None]
    labels = labels_of(clips)
    for attribute in attributes:
        codes = pd.factorize(labels[attribute])[0]
        alike &= (codes[:, None] == codes[None]) & (codes >= 0)
    return alike


def similarity_table(prediction: Prediction, faces: Float[np.ndarray, "clips d"]) -> Float[np.ndarray, "clips clips"]:
    """Centred cosine of each clip's prediction (rows) with each clip's true face (columns); -inf without a prediction.

    Similarities are rounded, so that equal predictions tie: rounding errors of the matrix product would otherwise rank
    the faces for a method that always predicts the same.
    """
    table = np.full((len(faces), len(faces)), -np.inf)
    if prediction.found.any():
        similarity = centred_cosine(prediction.embeddings[prediction.found].astype(float), faces.astype(float))
        table[prediction.found] = similarity.round(_DECIMALS)
    return table
