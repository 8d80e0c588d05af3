"""The appearance model's fit: ridge regression, its penalty and its contrast chosen on the calibration speakers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from speech2face.config import Decoder
from speech2face.data.splits.share import CALIBRATION, TRAIN
from speech2face.learning.decoder.appearance import AppearanceDecoder, fold, half, unfold
from speech2face.learning.decoder.contrast import contrast_factors, with_contrast
from speech2face.learning.decoder.faces import FaceSet, batches, face_window, mean_texture
from speech2face.learning.decoder.losses import landmark_loss, texture_loss
from speech2face.learning.decoder.normalised import MeanShape
from speech2face.learning.decoder.ridge import Ridge, orthonormal_modes

_CHOSEN_BY = 512
"""Faces of each split, at most, whose error is measured."""


@dataclass(frozen=True, kw_only=True)
class FittedAppearance:
    """The network, what it must be built with again, and the error at each penalty."""

    network: AppearanceDecoder
    description: dict[str, Any]
    history: list[dict[str, float]]


def fit_appearance(parts: Mapping[str, pd.DataFrame], faces: Path, settings: Decoder) -> FittedAppearance:
    """Fit the appearance model to the training faces.

    Args:
        parts: rows of the index by split.
        faces: folder of the faces phase's shards.
    """
    sets = {split: FaceSet(part, faces, settings.size) for split, part in parts.items()}
    learned = sets[TRAIN]
    shape = MeanShape(learned.landmarks)
    arguments = {
        "dimension": learned.embedding.shape[1],
        "size": settings.size,
        "landmarks": learned.landmarks.shape[1],
    }
    network = AppearanceDecoder(**arguments)
    network.fit_statistics(
        learned.embedding, learned.frontal_landmarks(), shape.landmarks, mean_texture(learned, shape)
    )
    ridge = Ridge.of(_batches(learned, shape, network))
    seen = {split: _Seen.of(part, shape) for split, part in sets.items()}
    history = []
    for penalty in settings.appearance.penalties:
        _set_weights(network, ridge.weights(penalty).float())
        errors = {split: _errors(network, part, settings) for split, part in seen.items()}
        history.append(
            {
                "penalty": penalty,
                "train_loss": sum(errors[TRAIN].values()),
                "calibration_loss": sum(errors[CALIBRATION].values()),
                **errors[TRAIN],
            }
        )
    best = min(history, key=lambda row: row["calibration_loss"])
    weights = ridge.weights(best["penalty"]).float()
    _set_weights(network, weights)
    factors: list[float] = []
    if settings.appearance.contrast:
        factors = contrast_factors(
            _textures(network, seen[CALIBRATION].embedding), seen[CALIBRATION].textures, face_window(settings.size)
        )
        weights = _with_contrast(weights, factors, network)
        network.mean_texture.copy_(with_contrast(network.mean_texture[None], factors)[0])
        _set_weights(network, weights)
    description = {
        "preset": "appearance",
        "arguments": arguments,
        "penalty": best["penalty"],
        "contrast": factors,
    }
    return FittedAppearance(network=network, description=description, history=history)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """The first faces of a split: embeddings, symmetric landmarks, symmetric textures."""

    embedding: Tensor
    landmarks: Tensor
    textures: Tensor

    @classmethod
    def of(cls, faces: FaceSet, shape: MeanShape) -> "_Seen":
        some = batches(min(len(faces), _CHOSEN_BY))
        textures = [unfold(fold(faces.textures(shape, rows))) for rows in some]
        count = sum(len(rows) for rows in some)
        return cls(
            embedding=faces.embedding[:count],
            landmarks=faces.frontal_landmarks(slice(count)),
            textures=torch.cat(textures),
        )


def _batches(faces: FaceSet, shape: MeanShape, network: AppearanceDecoder) -> Iterator[tuple[Tensor, Tensor]]:
    """Standardised embeddings, and landmarks and half textures as differences from their means, side by side."""
    for rows in batches(len(faces)):
        moved = (faces.frontal_landmarks(rows) - network.mean_landmarks).flatten(1)
        changed = fold(faces.textures(shape, rows) - network.mean_texture).flatten(1)
        yield network.standardise(faces.embedding[rows]), torch.cat([moved, changed], dim=1)


def _set_weights(network: AppearanceDecoder, weights: Tensor) -> None:
    """Put weights from embeddings to landmarks and half textures, side by side, into the network."""
    count = network.mean_landmarks.numel()
    axes, modes = orthonormal_modes(weights[:, count:])
    network.axes.copy_(axes)
    network.texture_modes.copy_(modes)
    # Of an axis of no strength nothing is drawn, neither texture nor landmarks.
    strength = axes.square().sum(dim=0)
    moved = axes.T @ weights[:, :count] / strength.clamp_min(torch.finfo(strength.dtype).tiny)[:, None]
    network.landmark_modes.copy_(moved)


def _with_contrast(weights: Tensor, factors: list[float], network: AppearanceDecoder) -> Tensor:
    count, size = network.mean_landmarks.numel(), network.size
    textures = unfold(weights[:, count:].view(-1, 3, size, half(size)))
    return torch.cat([weights[:, :count], fold(with_contrast(textures, factors)).flatten(1)], dim=1)


def _textures(network: AppearanceDecoder, embedding: Tensor) -> Tensor:
    with torch.inference_mode():
        return torch.cat([network.normalised(network.first(part))[1] for part in embedding.split(64)])


def _errors(network: AppearanceDecoder, faces: _Seen, settings: Decoder) -> dict[str, float]:
    """Texture and weighted landmark error, as for the decoder of Cole et al."""
    with torch.inference_mode():
        landmarks, textures = network.normalised(network.first(faces.embedding))
        moved = landmark_loss(landmarks, faces.landmarks, network.landmark_spread)
        return {
            "texture": texture_loss(textures, faces.textures, face_window(settings.size)).item(),
            "landmarks": moved.item() * settings.landmarks,
        }
