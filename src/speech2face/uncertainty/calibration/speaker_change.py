"""Detection of a change of the speaker within a recording.

How far the windows of one person's voice lie apart is known from the calibration people. The windows of a recording
are split between two speakers in every possible way; the largest distance is compared with those of single people.
People who speak at the same time, and two whose voices are alike to the encoder, are not detected: `coverage.json`
says how many.
"""

from itertools import combinations

import numpy as np
from jaxtyping import Float

_DIRECTIONS = 48


def splits_of(windows: int) -> list[np.ndarray]:
    """All splits of the windows between two speakers, as masks of the speaker who has the first window."""
    rest = range(1, windows)
    return [
        np.isin(np.arange(windows), [0, *others]) for size in range(windows - 1) for others in combinations(rest, size)
    ]


def fit_speaker_change(windows: Float[np.ndarray, "people windows features"]) -> dict[str, np.ndarray]:
    """The directions of linear discriminant analysis between people, and the scores of single people, sorted upwards.

    The covariance within people is shrunk towards its diagonal.
    """
    means = windows.mean(axis=1)
    inner = (windows - means[:, None]).reshape(-1, windows.shape[2])
    within = inner.T @ inner / (len(windows) * (windows.shape[1] - 1))
    within = 0.9 * within + 0.1 * np.diag(np.diag(within)) + 1e-6 * np.trace(within) / len(within) * np.eye(len(within))
    values, axes = np.linalg.eigh(within)
    whiten = axes / np.sqrt(values)
    _, _, rows = np.linalg.svd((means - means.mean(axis=0)) @ whiten, full_matrices=False)
    directions = whiten @ rows[:_DIRECTIONS].T
    return {"axes": directions, "scores": np.sort(speaker_change_scores(windows, directions))}


def speaker_change_scores(
    windows: Float[np.ndarray, "people windows features"], axes: Float[np.ndarray, "features directions"]
) -> Float[np.ndarray, "people"]:
    """The largest distance between two speakers over all splits of the windows."""
    projected = windows @ axes
    count = windows.shape[1]
    scores = []
    for first in splits_of(count):
        apart = projected[:, first].mean(axis=1) - projected[:, ~first].mean(axis=1)
        scores.append((apart**2).sum(axis=1) * first.sum() * (~first).sum() / count)
    return np.max(scores, axis=0)
