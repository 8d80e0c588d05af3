"""Measures of whole sets of faces: Fréchet distance, and the inception score of a classifier of people."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.linalg import svdvals
from scipy.special import stdtrit, xlogy

from speech2face.base.intervals import LEVEL, Estimate

_GROUPS = 200


def frechet_distance(
    faces: Float[np.ndarray, "clips d"],
    others: Float[np.ndarray, "others d"],
    weights: Float[np.ndarray, "clips"],
    weights_of_others: Float[np.ndarray, "others"],
) -> float:
    """The Fréchet distance of two normal distributions with the sets' means and covariances (Heusel et al. 2017).

    It grows as the sets get smaller, and most where there are fewer faces than dimensions: compare it only between sets
    of as many faces.

    Args:
        weights, weights_of_others: of the faces, with any sum; covariances are those of the whole set (divided by n).
    """
    mean, root = _moments(faces, weights)
    mean_of_others, root_of_others = _moments(others, weights_of_others)
    # tr sqrt(A'A B'B) is the sum of the singular values of A B': no root of a singular matrix has to be taken.
    overlap = svdvals(root @ root_of_others.T).sum()
    distance = ((mean - mean_of_others) ** 2).sum() + (root**2).sum() + (root_of_others**2).sum() - 2 * overlap
    return max(0.0, float(distance))


def _moments(
    faces: Float[np.ndarray, "clips d"], weights: Float[np.ndarray, "clips"]
) -> tuple[Float[np.ndarray, "d"], Float[np.ndarray, "rank d"]]:
    """The weighted mean, and a matrix R whose R'R is the weighted covariance."""
    shares = weights / weights.sum()
    mean = shares @ faces
    return mean, np.asarray(np.linalg.qr(np.sqrt(shares)[:, None] * (faces - mean), mode="r"))


def identity_score(probabilities: Float[np.ndarray, "clips people"], weights: Float[np.ndarray, "clips"]) -> float:
    """The inception score (Salimans et al. 2016) of a classifier of people: exp of the mean KL(p(person | face) || p).

    From 1, if all faces have the same probabilities, to the number of faces or of people, whichever is smaller, if each
    face is certainly one person and no two are the same.

    Args:
        probabilities: of each person of the classifier, given each face; rows add up to 1.
        weights: of the faces, with any sum.
    """
    shares = weights / weights.sum()
    mean = shares @ probabilities
    return float(np.exp(shares @ xlogy(probabilities, probabilities).sum(axis=1) - xlogy(mean, mean).sum()))


def jackknife_of_speakers(statistic: Callable[[np.ndarray], float], speakers: int, *, least: float) -> Estimate:
    """A statistic of a set of speakers with a 95 % interval from the spread of its values with some of them left out.

    For statistics that depend on the number of different faces, as the two above do: a bootstrap resample holds only
    63 % of the speakers, which biases all resamples in one direction. The interval is that of the value in
    a set of this size; each of at most 200 groups of speakers is left out in turn (Shao and Tu 1995, section 2.3).

    Args:
        statistic: of the speakers' weights, as in `intervals.statistic_of_speakers`.
        speakers: their number, at least two.
        least: lower bound of the statistic, and of the interval.
    """
    everyone, groups = np.ones(speakers), min(speakers, _GROUPS)
    group = np.arange(speakers) % groups
    without = np.array([statistic(np.where(group == left, 0.0, everyone)) for left in range(groups)])
    value = statistic(everyone)
    error = np.sqrt((groups - 1) / groups * ((without - without.mean()) ** 2).sum())
    room = float(stdtrit(groups - 1, (1 + LEVEL) / 2) * error)
    return Estimate(value=value, low=max(least, value - room), high=value + room, n=speakers)
