"""The appearance model's fit: ridge regression, its penalty and its contrast chosen on the validation portraits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from speech2face.config import Decoder
from speech2face.data.splits.share import TRAIN, VALIDATION
from speech2face.learning.decoder.appearance import AppearanceDecoder, fold, half, unfold
from speech2face.learning.decoder.contrast import contrast_factors, detail, factors_between, inner_window, with_contrast
from speech2face.learning.decoder.faces import Normaliser, Portraits, batches, face_window
from speech2face.learning.decoder.losses import landmark_loss, texture_loss
from speech2face.learning.decoder.residuals import FACES, residual_modes
from speech2face.learning.decoder.ridge import FaceBatch, Ridge, orthonormal_modes, principal_axes

_CHOSEN_BY = 128
"""Portraits of each split, at most, whose error is measured."""
_TOLERANCE = 0.05
"""Share by which the validation error may exceed the least one, for faces that look less alike."""
_RESIDUALS = 16
"""Modes of what embeddings leave open. With 32 and more of them, some samples have hair that is in no portrait."""
_MOST_PARAMETERS = 512
"""Of longer embeddings, so many principal components are used: the products of all would not fit into memory."""


@dataclass(frozen=True, kw_only=True)
class FittedAppearance:
    """The network, what it must be built with again, and the error at each penalty."""

    network: AppearanceDecoder
    description: dict[str, Any]
    history: list[dict[str, float]]


def fit_appearance(parts: Mapping[str, pd.DataFrame], folder: Path, settings: Decoder) -> FittedAppearance:
    """Fit the appearance model to the training portraits.

    Args:
        parts: rows of the index by split.
        folder: of the shards of portraits.
    """
    sets = {split: Portraits(part, folder, settings.size) for split, part in parts.items()}
    fit = _Fit(sets[TRAIN], settings)
    ridge = Ridge.of(fit.batches(sets[TRAIN], len(sets[TRAIN])))
    measured = {split: list(fit.batches(part, _CHOSEN_BY)) for split, part in sets.items()}
    history = []
    for penalty in settings.appearance.penalties:
        errors = {split: fit.errors(ridge, penalty, part) for split, part in measured.items()}
        history.append(
            {
                "penalty": penalty,
                "train_loss": sum(errors[TRAIN].values()),
                "validation_loss": sum(errors[VALIDATION].values()),
                **errors[TRAIN],
            }
        )
    penalty = least_shrinkage(history)
    factors = fit.contrast(ridge, penalty, measured[VALIDATION]) if settings.appearance.contrast else []
    fit.set_weights(ridge, penalty, factors)
    fit.set_residuals(ridge, penalty, factors, sets, measured[VALIDATION])
    description = {"preset": "appearance", "arguments": fit.arguments, "penalty": penalty, "contrast": factors}
    return FittedAppearance(network=fit.network, description=description, history=history)


def least_shrinkage(history: list[dict[str, float]]) -> float:
    """The smallest penalty at which the validation error is at most `_TOLERANCE` above the least one.

    Around its minimum the error hardly changes, while with each larger penalty all faces look more alike.
    """
    most = (1 + _TOLERANCE) * min(row["validation_loss"] for row in history)
    return min(row["penalty"] for row in history if row["validation_loss"] <= most)


class _Fit:
    """The network with what it is fitted to: landmarks and half textures, side by side."""

    def __init__(self, train: Portraits, settings: Decoder) -> None:
        dimension = train.embedding.shape[1]
        self.arguments = {
            "dimension": dimension,
            "size": settings.size,
            "landmarks": train.landmarks.shape[1],
            "parameters": min(dimension, _MOST_PARAMETERS),
            "modes": min(dimension, settings.appearance.modes),
            "residuals": min(len(train), _RESIDUALS),
        }
        self.network = AppearanceDecoder(**self.arguments)
        self._normaliser = Normaliser(train)
        self.network.fit_statistics(
            train.embedding, train.frontal_landmarks(), self._normaliser.shape.landmarks, train.weight
        )
        standardised = self.network.standardise(train.embedding)
        self._axes = principal_axes(standardised, train.weight, self.arguments["parameters"])
        self._settings, self._points = settings, self.network.mean_landmarks.numel()
        self._inside = inner_window(self.network.mean_landmarks, settings.size)

    def batches(self, portraits: Portraits, most: int) -> Iterator[FaceBatch]:
        """The first portraits; embeddings along the principal axes, landmarks as differences from their mean."""
        for rows in batches(min(len(portraits), most)):
            moved = (portraits.frontal_landmarks(rows) - self.network.mean_landmarks).flatten(1)
            textures = fold(self._normaliser.textures(portraits, rows)).flatten(1)
            yield FaceBatch(
                embedding=self.network.standardise(portraits.embedding[rows]) @ self._axes,
                targets=torch.cat([moved, textures], dim=1),
                weight=portraits.weight[rows],
            )

    def errors(self, ridge: Ridge, penalty: float, portraits: list[FaceBatch]) -> dict[str, float]:
        """Weighted means of the texture's and the landmarks' error, as for the decoder of Cole et al."""
        window, points = face_window(self._settings.size)[:, : half(self._settings.size)], self._points
        texture = landmarks = total = 0.0
        for batch in portraits:
            predicted, weight = ridge.predict(batch.embedding, penalty), batch.weight[:, None, None, None]
            texture += texture_loss(self._halves(predicted), self._halves(batch.targets), weight * window).item()
            share = batch.weight[:, None].sqrt()
            moved, true = predicted[:, :points] * share, batch.targets[:, :points] * share
            landmarks += landmark_loss(moved, true, self.network.landmark_spread).item()
            total += weight.mean().item()
        return {"texture": texture / total, "landmarks": landmarks / total * self._settings.landmarks}

    def contrast(self, ridge: Ridge, penalty: float, portraits: list[FaceBatch]) -> list[float]:
        """The factors that give the portraits' predicted textures the contrast of the true ones."""
        predicted = torch.cat([ridge.predict(batch.embedding, penalty) for batch in portraits])
        true = torch.cat([batch.targets for batch in portraits])
        return contrast_factors(unfold(self._halves(predicted)[:, :3]), unfold(self._halves(true)[:, :3]), self._inside)

    def set_weights(self, ridge: Ridge, penalty: float, factors: list[float]) -> None:
        """Put the regression, with contrast, into the network."""
        network, weights = self.network, ridge.weights(penalty)
        network.mean_texture.copy_(self._raised(ridge.mean[None], factors)[0])
        drawn = fold(self._raised(weights, factors)).flatten(1)
        axes, modes = orthonormal_modes(drawn)
        network.axes.copy_(self._axes @ axes)
        network.set_texture_modes(modes)
        # Of an axis of no strength nothing is drawn, neither texture nor landmarks.
        strength = axes.square().sum(dim=0)
        moved = axes.T @ weights[:, : self._points] / strength.clamp_min(torch.finfo(strength.dtype).tiny)[:, None]
        network.landmark_modes.copy_(moved)

    def set_residuals(
        self,
        ridge: Ridge,
        penalty: float,
        factors: list[float],
        sets: Mapping[str, Portraits],
        validation: list[FaceBatch],
    ) -> None:
        """Put what embeddings leave open into the network, and the contrast of single faces, not of symmetric ones."""
        network = self.network
        modes = residual_modes(ridge, penalty, list(self.batches(sets[TRAIN], FACES)), network.residuals)
        network.set_residual_modes(modes)
        if not self._settings.appearance.contrast:
            return
        rows = batches(min(len(sets[VALIDATION]), _CHOSEN_BY))
        true = torch.cat([self._normaliser.textures(sets[VALIDATION], some)[:, :3] for some in rows])
        predicted = torch.cat([ridge.predict(faces.embedding, penalty) for faces in validation])
        # Independent of each other, so that their mean squares add up.
        drawn = detail(self._raised(predicted, factors)[:, :3], self._inside)
        drawn += len(modes) * detail(unfold(self._halves(modes)[:, :3]), self._inside)
        network.sample_contrast.copy_(torch.tensor(factors_between(drawn, detail(true, self._inside))))

    def _halves(self, targets: Tensor) -> Tensor:
        size = self._settings.size
        return targets[:, self._points :].view(-1, 4, size, half(size))

    def _raised(self, targets: Tensor, factors: list[float]) -> Tensor:
        """Textures, or differences of textures, with contrast inside the face."""
        colour, alpha = unfold(self._halves(targets)).split([3, 1], dim=1)
        return torch.cat([with_contrast(colour, factors, self._inside), alpha], dim=1)
