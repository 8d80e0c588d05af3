"""Sex, age band and ethnicity as a probe reads them from a face embedding.

The probe is a support vector machine (radial basis, C = 3) fitted on the face embeddings of the training speakers,
never on a test one. Its own accuracy on true faces is the upper bound of what it can find in reconstructions.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

ATTRIBUTES = ("sex", "age_band", "ethnicity")


def age_band(years: float | None) -> str | None:
    """The decade of an age as the paper bins it: `20` is 20 to 29; under 10 and over 80 are bands of their own."""
    if years is None or np.isnan(years):
        return None
    return "<10" if years < 10 else "80" if years >= 80 else str(int(years // 10 * 10))


def labels_of(index: pd.DataFrame) -> pd.DataFrame:
    """The attributes of each clip; None where the source does not give one."""
    return pd.DataFrame(
        {
            "sex": index["sex"],
            "age_band": [age_band(age) for age in index["age"].astype(float)],
            "ethnicity": index["ethnicity"],
        },
        dtype=object,
    )


class Probe:
    """Reads one attribute from embeddings."""

    def __init__(self, embeddings: np.ndarray, labels: Sequence[str], seed: int) -> None:
        self._model = make_pipeline(StandardScaler(), SVC(C=3.0, random_state=seed))
        self._model.fit(embeddings, list(labels))

    def predict(self, embeddings: np.ndarray) -> np.ndarray:
        """The most probable label of each embedding."""
        return self._model.predict(embeddings)
