"""The predictions of all folds of a cross-validation in one table."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from speech2face.evaluation.predictions.schema import Prediction, Predictions, read_predictions, write_predictions

MEAN = "mean_face"
"""The method that predicts the mean face of the training speakers."""


def gather_predictions(*, tables: Sequence[Path], output: Path) -> None:
    """Concatenate the predictions of the folds, ordered by clip id, with the same mean face for all folds.

    Predictions of a fold shrink towards the mean of its training faces. That mean lies opposite to the fold's test
    faces, which it lacks, so that predictions without information would rank below chance. Each prediction is
    therefore shifted by the average of all folds' means minus the mean of its own fold.

    Args:
        tables: predictions of each fold.
        output: table of predictions to write.

    Raises:
        ValueError: the folds have different methods, or a clip is in two of them.
    """
    folds = [read_predictions(path) for path in tables]
    names = list(folds[0].methods)
    if any(list(fold.methods) != names for fold in folds):
        raise ValueError(f"{', '.join(map(str, tables))} do not hold the same methods; delete them.")
    means = [fold.methods[MEAN].embeddings[0] for fold in folds]
    overall = np.mean(means, axis=0)
    clips = pd.concat([fold.clips for fold in folds], ignore_index=True)
    if clips["clip_id"].duplicated().any():
        raise ValueError(f"A clip is in more than one of {', '.join(map(str, tables))}; delete them and run again.")
    order = clips["clip_id"].argsort(kind="stable").to_numpy()
    methods = []
    for name in names:
        moved = [_moved(fold, name, overall - mean) for fold, mean in zip(folds, means, strict=True)]
        found = np.concatenate([fold.methods[name].found for fold in folds])
        methods.append(Prediction(name=name, embeddings=np.concatenate(moved)[order], found=found[order]))
    faces = np.concatenate([fold.faces for fold in folds])[order]
    write_predictions(output, clips.iloc[order], faces, methods)


def _moved(fold: Predictions, name: str, by: np.ndarray) -> np.ndarray:
    return np.asarray(fold.methods[name].embeddings + by, np.float32)
