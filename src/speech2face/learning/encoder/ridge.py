"""Ridge regression from voices to faces in closed form; people who were left out one by one choose its penalty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

# Directions with less than this part of the strongest are rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True)
class FaceRidge:
    """`(inputs - input_mean) / input_spread @ weights + mean`; an unknown input (NaN) counts as its mean."""

    input_mean: Float[np.ndarray, "inputs"]
    input_spread: Float[np.ndarray, "inputs"]
    weights: Float[np.ndarray, "inputs dimension"]
    mean: Float[np.ndarray, "dimension"]
    """The mean face of the fit."""
    penalty: float
    """The penalty that was chosen."""
    curve: list[dict[str, float]]
    """Of each `penalty` the share of other speakers whose face is more like the prediction than the own one: of the
    fit, `train_loss`, and of left-out speakers, `validation_loss`. Chance is 0.5."""

    def __call__(self, inputs: Float[np.ndarray, "voices inputs"]) -> Float[np.ndarray, "voices dimension"]:
        """Predicted face embeddings."""
        return _standardised(inputs, self.input_mean, self.input_spread) @ self.weights + self.mean


def fit_face_ridge(
    inputs: Float[np.ndarray, "clips inputs"],
    faces: Float[np.ndarray, "clips dimension"],
    speakers: Sequence[str],
    penalties: Sequence[float],
) -> FaceRidge:
    """Fit faces to the inputs of all clips, and of each speaker's mean face to the mean inputs of the speaker's clips.

    Clips teach which differences between recordings of one speaker say nothing; means have less noise. A penalty is
    judged by how the face of each speaker ranks for a fit to all others, which a ridge gives in closed form (Cook and
    Weisberg 1982, section 2.2). The squared error would prefer larger penalties, which keep little but the sex.

    Args:
        penalties: to choose from, in units of the squared standardised input of one clip.
    """
    mean, spread = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0)
    # A constant input, as with a single voice, has no spread to divide by.
    spread = np.maximum(spread, 1e-3)
    names, number = np.unique(np.asarray(speakers), return_inverse=True)
    standard, faces = (
        np.concatenate([values, _means(values, number)]) for values in (_standardised(inputs, mean, spread), faces)
    )
    owner = np.concatenate([number, np.arange(len(names))])
    offset, face = standard.mean(axis=0), faces.mean(axis=0)
    standard, away = standard - offset, faces - face
    # The eigenvectors of the smaller product suffice.
    wide = standard.shape[1] > standard.shape[0]
    square, axes = np.linalg.eigh(standard @ standard.T if wide else standard.T @ standard)
    kept = square > _ROUNDING**2 * square.max(initial=0)
    square, axes = square[kept], axes[:, kept]
    singular = np.sqrt(square)
    left = axes if wide else standard @ axes / singular
    right = standard.T @ axes / singular if wide else axes
    along = left.T @ away
    curve = []
    for penalty in penalties:
        shrinkage = square / (square + penalty)
        fitted = left @ (shrinkage[:, None] * along)
        left_out = _left_out(left, away, fitted, shrinkage, owner)
        losses = {
            name: _rank(rows[: len(number)], away[len(number) :], number)
            for name, rows in {"train_loss": fitted, "validation_loss": left_out}.items()
        }
        curve.append({"penalty": penalty, **losses})
    best = min(curve, key=lambda row: row["validation_loss"])["penalty"]
    return FaceRidge(
        # The mean with the speakers' own rows is not that over clips, nor are unknown inputs at it.
        input_mean=mean + offset * spread,
        input_spread=spread,
        weights=right @ ((singular / (square + best))[:, None] * along),
        mean=face,
        penalty=best,
        curve=curve,
    )


def _means(values: Float[np.ndarray, "clips n"], number: Int[np.ndarray, "clips"]) -> Float[np.ndarray, "speakers n"]:
    """The mean over the clips of each speaker."""
    sums = np.zeros((number.max() + 1, values.shape[1]))
    np.add.at(sums, number, values)
    return sums / np.bincount(number)[:, None]


def _left_out(
    left: Float[np.ndarray, "rows axes"],
    away: Float[np.ndarray, "rows dimension"],
    fitted: Float[np.ndarray, "rows dimension"],
    shrinkage: Float[np.ndarray, "axes"],
    owner: Int[np.ndarray, "rows"],
) -> Float[np.ndarray, "rows dimension"]:
    """Predictions of each speaker's rows by the fit to all other speakers, from the mean face of that fit."""
    predicted = np.zeros_like(away)
    for speaker in range(owner.max() + 1):
        mask = owner == speaker
        own = left[mask]
        # How much of their own faces is in the fitted ones; the mean, too, takes 1/n of each.
        leverage = (own * shrinkage) @ own.T + 1 / len(left)
        residual = np.linalg.lstsq(np.eye(len(own)) - leverage, away[mask] - fitted[mask], rcond=None)[0]
        # Without a speaker the mean face lies opposite to that speaker.
        mean = -away[mask].sum(axis=0) / max(len(left) - len(own), 1)
        predicted[mask] = away[mask] - residual - mean
    return predicted


def _rank(
    predicted: Float[np.ndarray, "clips dimension"],
    faces: Float[np.ndarray, "speakers dimension"],
    number: Int[np.ndarray, "clips"],
) -> float:
    """The mean share of other speakers whose face has a larger cosine with the prediction than the own one."""
    cosine = predicted @ (faces / np.maximum(np.linalg.norm(faces, axis=1, keepdims=True), 1e-12)).T
    own = cosine[np.arange(len(number)), number]
    return float(((cosine > own[:, None]).sum(axis=1) / max(len(faces) - 1, 1)).mean())


def _standardised(inputs: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return np.nan_to_num((inputs - mean) / spread, nan=0.0)
