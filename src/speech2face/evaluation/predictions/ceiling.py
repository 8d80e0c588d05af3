"""Faces of talkers predicted from the true parameters of their voices.

A kernel regression from the true pitch, formants, roughness, breath, speed and language to the face embedding,
fitted on the training talkers. A voice encoder has to estimate those parameters first. It is no upper bound for models:
with more talkers the regression still improves.
"""

import numpy as np
import pandas as pd
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV, GroupKFold

NUMBERS = ("pitch_hz", "formant_scale", "roughness", "breath", "speed_wpm")
_GRID = {"alpha": [0.03, 0.1, 0.3, 1.0, 3.0], "gamma": [0.01, 0.03, 0.1]}


def voice_parameters(truth: pd.DataFrame, languages: list[str]) -> np.ndarray:
    """Features of each talker: standardised numbers (pitch as its logarithm) and the language, one-hot."""
    numbers = truth[list(NUMBERS)].assign(pitch_hz=np.log(truth["pitch_hz"])).to_numpy(float)
    numbers = (numbers - numbers.mean(axis=0)) / np.maximum(numbers.std(axis=0), 1e-9)
    spoken = (truth["language"].to_numpy()[:, None] == np.array(languages)[None]).astype(float)
    return np.hstack([numbers, 2 * spoken])


def predict_from_truth(truth: pd.DataFrame, train: pd.DataFrame, faces: np.ndarray, test: pd.DataFrame) -> np.ndarray:
    """Face embeddings of the test clips from the true voice parameters of their talkers.

    Args:
        truth: one row a talker: `speaker_id`, the parameters of `NUMBERS` and `language`.
        train, test: rows of the index.
        faces: the training clips' face embeddings, in the order of `train`.
    """
    languages = sorted(truth["language"].unique())
    parameters = pd.DataFrame(voice_parameters(truth, languages), index=truth["speaker_id"])
    search = GridSearchCV(KernelRidge(kernel="rbf"), _GRID, scoring="neg_mean_squared_error", cv=GroupKFold(5))
    mean = faces.mean(axis=0)
    search.fit(parameters.loc[train["speaker_id"]].to_numpy(), faces - mean, groups=train["speaker_id"])
    return search.predict(parameters.loc[test["speaker_id"]].to_numpy()) + mean
