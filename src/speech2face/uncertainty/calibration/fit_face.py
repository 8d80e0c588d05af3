"""Fit of the face distribution, and of the information that voices give of faces."""

import numpy as np
from jaxtyping import Float

from speech2face.base.random import stream
from speech2face.uncertainty.calibration.folds import Folds
from speech2face.uncertainty.calibration.information import best_sharpness, log2_ratios
from speech2face.uncertainty.calibration.judgement import FaceDistribution
from speech2face.uncertainty.calibration.ridge import Linear, Ridge
from speech2face.uncertainty.calibration.voices import CalibrationVoices

# Principal components of faces: no more than this many, nor than one for so many people.
_COMPONENTS = 128
_PEOPLE_A_COMPONENT = 10
_MOST_EXPLAINED = 0.99
_RESAMPLES = 200

Tensors = dict[str, np.ndarray]


def principal_components(faces: Float[np.ndarray, "people dimension"]) -> Tensors:
    """The mean face embedding, and the whitened principal components both ways."""
    mean = faces.mean(axis=0)
    _, singular, axes = np.linalg.svd(faces - mean, full_matrices=False)
    spread = singular / np.sqrt(len(faces))
    count = min(_COMPONENTS, max(2, len(faces) // _PEOPLE_A_COMPONENT), int((spread > 1e-6 * spread[0]).sum()))
    axes, spread = axes[:count], spread[:count]
    return {"mean": mean, "axes": axes * spread[:, None], "inverse": axes.T / spread}


def fit_face(people: CalibrationVoices, whole: Tensors, folds: Folds, seed: int) -> Tensors:
    """The face distribution at one length; `face.out_of_fold` are the out-of-fold means.

    Args:
        whole: see `principal_components`.
        seed: of the bootstrap over people.
    """
    components = (people.faces - whole["mean"]) @ whole["inverse"]
    encoded = (people.embedding - whole["mean"]) @ whole["inverse"]
    predicted = np.zeros_like(components)
    for mask, rest in zip(folds.masks, folds.rest, strict=True):
        predicted[mask] = _shrunk(rest, encoded[~mask], components[~mask], whole)(folds.inputs[mask])
    linear = _shrunk(folds.all, encoded, components, whole)
    # What an unbiased prediction leaves open is the whole covariance less its own. So predictions that are all alike
    # leave everything open, and no second set of numbers has to be estimated.
    explained = np.cov(predicted.T, bias=True).reshape(len(predicted.T), -1)
    covariance = np.eye(len(explained)) - _clipped(explained)
    centre, slope = _disagreement(people.disagreement, components - predicted, covariance)
    claimed = []
    for row in range(len(components)):
        wider = np.exp(slope * (np.log(max(people.disagreement[row], 1e-9)) - centre)) if slope else 1.0
        claimed.append(FaceDistribution(mean=predicted[row], covariance=wider * covariance).divergence)
    sharpness = best_sharpness(predicted, components, covariance)
    told = np.diag(log2_ratios(predicted, components, covariance, sharpness))
    return {
        "face.weights": linear.weights,
        "face.offset": linear.offset,
        "face.covariance": covariance,
        "face.out_of_fold": predicted,
        "disagreement": np.array([centre, slope]),
        "sharpness": np.array([sharpness]),
        "information": _lines(np.array(claimed), told, seed),
    }


def _shrunk(ridge: Ridge, encoded: np.ndarray, components: np.ndarray, whole: Tensors) -> Linear:
    """The face's components as the encoder's prediction times one factor, plus a ridge on the inputs.

    One factor for all components can be estimated from few people, and is 0 where the prediction says nothing.
    """
    centred = encoded - encoded.mean(axis=0)
    target = components - components.mean(axis=0)
    factor = float(np.clip((centred * target).sum() / max((centred**2).sum(), 1e-12), 0, 1))
    gain = (target**2).sum(axis=1) - ((target - factor * centred) ** 2).sum(axis=1)
    if gain.mean() <= gain.std() / np.sqrt(len(gain)):
        factor = 0.0
    rest = ridge.fit(components - factor * centred)
    weights = rest.weights.copy()
    dimension = len(whole["mean"])
    weights[:dimension] += factor * whole["inverse"]
    offset = rest.offset - factor * (whole["mean"] @ whole["inverse"] + encoded.mean(axis=0))
    return Linear(weights=weights, offset=offset)


def _clipped(covariance: np.ndarray) -> np.ndarray:
    """Clip the eigenvalues to 0..0.99."""
    values, axes = np.linalg.eigh(covariance)
    return (axes * values.clip(0, _MOST_EXPLAINED)) @ axes.T


def _disagreement(disagreement: np.ndarray, residual: np.ndarray, covariance: np.ndarray) -> tuple[float, float]:
    """Mean log disagreement, and the slope of log squared errors on it; 0 unless it is over two standard errors."""
    if np.ptp(disagreement) == 0:
        return 0.0, 0.0
    log = np.log(np.maximum(disagreement, 1e-9))
    errors = np.log((residual * np.linalg.solve(covariance, residual.T).T).mean(axis=1))
    centred = log - log.mean()
    slope = float((centred @ errors) / (centred @ centred))
    left = errors - errors.mean() - slope * centred
    error = np.sqrt((left @ left) / max(len(left) - 2, 1) / (centred @ centred))
    return (float(log.mean()), slope) if slope > 2 * error else (0.0, 0.0)


def _lines(claimed: np.ndarray, told: np.ndarray, seed: int) -> Float[np.ndarray, "resamples 2"]:
    """Offset and slope of the bits told on the bits claimed: of all people, then of bootstrap resamples of them."""
    rng = stream(seed, "information")
    people = len(claimed)
    resamples = [np.arange(people), *(rng.integers(people, size=people) for _ in range(_RESAMPLES))]
    return np.array([_line(claimed[rows], told[rows]) for rows in resamples])


def _line(claimed: np.ndarray, told: np.ndarray) -> tuple[float, float]:
    centred = claimed - claimed.mean()
    spread = float(centred @ centred)
    # Where all claims are alike there is no slope to fit.
    slope = 0.0 if spread < 1e-9 else max(0.0, float(centred @ told) / spread)
    return float(told.mean() - slope * claimed.mean()), slope
