"""Who a speaker is compared with: everyone, those of the same sex, or those of the same sex, age band and ethnicity."""

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
    """Which clips are of another speaker and have the same `attributes`; a label that is not known is like no other.

    Args:
        clips: `sex`, `age` and `ethnicity` of each.
        attributes: of `metrics.labels.ATTRIBUTES`; none: everyone else.
    """
    alike = speakers[:, None] != speakers[None]
    labels = labels_of(clips)
    for attribute in attributes:
        codes = pd.factorize(labels[attribute])[0]
        alike &= (codes[:, None] == codes[None]) & (codes >= 0)
    return alike


def similarity_table(prediction: Prediction, faces: Float[np.ndarray, "clips d"]) -> Float[np.ndarray, "clips clips"]:
    """Centred cosine of each clip's answer (rows) with each clip's true face (columns); -inf where there is no answer.

    Numbers do not depend on where in the table they stand: equal answers are equally similar to a face, and the answers
    of a way that always says the same are as similar to every face. Single precision or a matrix product alone would
    break such ties by rounding, and so does rounding only here and there.
    """
    table = np.full((len(faces), len(faces)), -np.inf)
    if prediction.found.any():
        similarity = centred_cosine(prediction.embeddings[prediction.found].astype(float), faces.astype(float))
        table[prediction.found] = similarity.round(_DECIMALS)
    return table
