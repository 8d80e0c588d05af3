"""Labels of people: sex, age band and ethnicity, and shares of those whose label is known."""

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, Shaped

from speech2face.data.sources.attributes import AGE

ATTRIBUTES = ("sex", "age_band", "ethnicity")


age_band = AGE.band
"""The decade of an age as the paper bins it: `20` is 20 to 29; under 10 and over 80 are bands of their own."""


def name_of(label: str) -> str:
    """A label as it stands in the name of a measure: in lower case, without the dots that part such names."""
    return label.lower().replace("<", "under_").replace(" ", "_").replace(".", "_")


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


def among_speakers(
    scores: Shaped[np.ndarray, "clips"], counted: Bool[np.ndarray, "clips"], speakers: Int[np.ndarray, "clips"]
) -> Float[np.ndarray, "counted_speakers"]:
    """The mean score of each speaker over the clips that are `counted`; speakers without such a clip are left out."""
    clips = np.bincount(speakers[counted])
    return np.bincount(speakers[counted], scores[counted].astype(float))[clips > 0] / clips[clips > 0]
