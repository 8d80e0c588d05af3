"""Whether one person speaks in all of a recording, or two take turns.

What the quarters of one person's voice differ by is known from the calibration people. The quarters are shared out
among two speakers in each way there is, and the best way is compared with the best ways for single people. Voices that
speak at once, and two people whom the voice encoder hears as alike, are not told apart: `coverage.json` says how many.
"""

from itertools import combinations

import numpy as np
from jaxtyping import Float

_DIRECTIONS = 48


def splits_of(windows: int) -> list[np.ndarray]:
    """Every way to give the windows to two speakers, as a mask of the first one's, who has the first window."""
    rest = range(1, windows)
    return [
        np.isin(np.arange(windows), [0, *others]) for size in range(windows - 1) for others in combinations(rest, size)
    ]


def fit_speaker_change(windows: Float[np.ndarray, "people windows features"]) -> dict[str, np.ndarray]:
    """The directions in which people differ most beside what one's windows differ by, and single people's scores.

    The directions solve a generalised eigenproblem (linear discriminant analysis), its inner side shrunk to its
    diagonal.
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
    """How far the windows of two speakers would lie apart, for the best way to share them out."""
    placed = windows @ axes
    count = windows.shape[1]
    scores = []
    for first in splits_of(count):
        apart = placed[:, first].mean(axis=1) - placed[:, ~first].mean(axis=1)
        scores.append((apart**2).sum(axis=1) * first.sum() * (~first).sum() / count)
    return np.max(scores, axis=0)
