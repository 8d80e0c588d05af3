"""Training of the decoder of Cole et al. (2017): textures, landmarks, and identity as a recogniser sees it."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from speech2face.config import Decoder, Faces
from speech2face.data.faces.encoders import load_face_encoder
from speech2face.data.splits.share import TRAIN, VALIDATION
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.decoder.faces import Normaliser, Portraits, batches, face_window
from speech2face.learning.decoder.losses import IdentityLoss, landmark_loss, texture_loss
from speech2face.learning.training.objective import Objective
from speech2face.learning.training.optimise import training_device
from speech2face.learning.training.sampler import Batch

_IDENTITY_EVERY = 2
"""Steps between two evaluations of the identity loss: it costs more than all the rest of a step."""


class ColeObjective(Objective):
    """Compares decoded landmarks and textures with those of the portraits, of which each counts as much."""

    network: ColeFaceDecoder
    window: Tensor

    def __init__(self, parts: dict[str, pd.DataFrame], folder: Path, faces_settings: Faces, settings: Decoder) -> None:
        super().__init__()
        self.samples = len(parts[TRAIN])
        self._settings = settings
        self._portraits = {split: Portraits(part, folder, settings.size) for split, part in parts.items()}
        train = self._portraits[TRAIN]
        self._normaliser = Normaliser(train)
        self.arguments: dict[str, Any] = {
            "dimension": train.embedding.shape[1],
            "size": settings.size,
            "landmarks": train.landmarks.shape[1],
        }
        self.network = ColeFaceDecoder(**self.arguments)
        self.network.fit_statistics(
            train.embedding, train.frontal_landmarks(), self._normaliser.shape.landmarks, torch.ones(len(train))
        )
        self.network.mean_texture.copy_(self._normaliser.mean_texture(train))
        self.register_buffer("window", face_window(settings.size), persistent=False)
        if settings.identity:
            recogniser = load_face_encoder(faces_settings, device=training_device())
            self._identity = IdentityLoss(
                lambda pictures: recogniser.embed(recogniser.cut_crops(pictures)),
                self.network.mean.to(training_device()),
            )

    def load(self, batch: Batch) -> dict[str, Tensor]:
        """See `Objective.load`."""
        train = self._portraits[TRAIN]
        texture = self._normaliser.textures(train, batch.rows)
        # A face or its mirror image, at random: the expected target is symmetric.
        mirrored = torch.from_numpy(batch.draws[:, 0] < 0.5)[:, None, None, None]
        return {
            "embedding": train.embedding[batch.rows],
            "landmarks": train.frontal_landmarks(batch.rows),
            "texture": torch.where(mirrored, texture.flip(3), texture),
        }

    def forward(  # type: ignore[override]
        self, step: int, *, embedding: Tensor, landmarks: Tensor, texture: Tensor
    ) -> dict[str, Tensor]:
        """See `Objective.forward`."""
        decoded = self.network.parts(embedding)
        terms = {
            "texture": texture_loss(decoded.texture, texture, self.window),
            "landmarks": landmark_loss(decoded.landmarks, landmarks, self.network.landmark_spread)
            * self._settings.landmarks,
        }
        if self._settings.identity and step % _IDENTITY_EVERY == 0:
            views = torch.Generator().manual_seed(step)
            terms["identity"] = self._identity(decoded.picture, embedding, views) * self._settings.identity
        return terms

    def validation_loss(self) -> float:
        """Texture and landmark loss, without mirroring and without the identity loss."""
        portraits, device, total = self._portraits[VALIDATION], self.window.device, 0.0
        for rows in batches(len(portraits)):
            decoded = self.network.parts(portraits.embedding[rows].to(device))
            true = self._normaliser.textures(portraits, rows).to(device)
            landmarks = portraits.frontal_landmarks(rows).to(device)
            shape = landmark_loss(decoded.landmarks, landmarks, self.network.landmark_spread)
            texture = texture_loss(decoded.texture, true, self.window)
            total += (texture + shape * self._settings.landmarks).item() * len(rows)
        return total / len(portraits)
