"""Bits that voices tell of faces: a lower bound on their mutual information, by contrast with other people's faces.

A face's density without any voice is the mean of what the voice says of all faces of a gallery, the own one among them,
so that it need not be modelled: faces cluster, and against one Gaussian of all faces the knowledge of a cluster would
count for more than it is worth. The mean over people is at most the mutual information whatever the scores (InfoNCE:
van den Oord et al. 2018; Poole et al. 2019), and at most log2 of the gallery's size. What rests on a label alone tells
at most the entropy of that label among these people.
"""

import numpy as np
from jaxtyping import Float

# Exponents of the densities that are tried; 1 is right for Gaussian faces.
_EXPONENTS = (0.0, *np.geomspace(1 / 16, 2, 11).tolist())
# People whom the exponent is chosen on: the cost grows with their square.
_PEOPLE = 1000


def log2_ratios(
    means: Float[np.ndarray, "voices components"],
    faces: Float[np.ndarray, "faces components"],
    covariance: Float[np.ndarray, "components components"],
    sharpness: float,
) -> Float[np.ndarray, "voices faces"]:
    """log2 of how much more probable each face is with each voice than among these faces without it.

    Args:
        means: of the faces that the voices are expected to have.
        covariance: what the voices leave open of a face, in units in which all faces have unit covariance.
        sharpness: exponent of the densities, see `best_sharpness`.
    """
    return _against_mean(sharpness * _scores(means, faces, covariance))


def best_sharpness(
    means: Float[np.ndarray, "people components"],
    faces: Float[np.ndarray, "people components"],
    covariance: Float[np.ndarray, "components components"],
) -> float:
    """The exponent with which voices tell the most of their own faces."""
    scores = _scores(means[:_PEOPLE], faces[:_PEOPLE], covariance)
    return max(_EXPONENTS, key=lambda exponent: np.diag(_against_mean(exponent * scores)).mean())


def _scores(means: np.ndarray, faces: np.ndarray, covariance: np.ndarray) -> Float[np.ndarray, "voices faces"]:
    """The logarithm of the Gaussian with the voice over that without, less what is the same for all faces."""
    precision = np.linalg.inv(covariance)
    prior = ((faces @ (np.eye(len(precision)) - precision)) * faces).sum(axis=1) / 2
    return means @ precision @ faces.T + prior


def _against_mean(scores: Float[np.ndarray, "voices faces"]) -> Float[np.ndarray, "voices faces"]:
    """Natural logarithms to log2 of the ratio to each row's mean."""
    scores = scores - scores.max(axis=1, keepdims=True)
    return (scores - np.log(np.exp(scores).mean(axis=1, keepdims=True))) / np.log(2)
