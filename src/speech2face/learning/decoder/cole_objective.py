"""Training of the decoder of Cole et al. (2017): textures, landmarks, and identity as a recogniser sees it."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from speech2face.config import Decoder, Faces
from speech2face.data.faces.encoders import load_face_encoder
from speech2face.data.splits.share import CALIBRATION, TRAIN
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.decoder.faces import FaceSet, batches, face_window, mean_texture
from speech2face.learning.decoder.losses import IdentityLoss, landmark_loss, texture_loss
from speech2face.learning.decoder.normalised import MeanShape
from speech2face.learning.training.objective import Objective
from speech2face.learning.training.optimise import training_device
from speech2face.learning.training.sampler import Batch

_IDENTITY_EVERY = 2
"""Steps between two evaluations of the identity loss: it costs more than all the rest of a step."""


class ColeObjective(Objective):
    """Compares decoded landmarks and textures with those of the true face crops."""

    network: ColeFaceDecoder
    window: Tensor

    def __init__(self, parts: dict[str, pd.DataFrame], faces: Path, faces_settings: Faces, settings: Decoder) -> None:
        super().__init__()
        self.samples = len(parts[TRAIN])
        self._settings = settings
        self._faces = {split: FaceSet(part, faces, settings.size) for split, part in parts.items()}
        train_faces = self._faces[TRAIN]
        self._shape = MeanShape(train_faces.landmarks)
        self.arguments: dict[str, Any] = {
            "dimension": train_faces.embedding.shape[1],
            "size": settings.size,
            "landmarks": train_faces.landmarks.shape[1],
        }
        self.network = ColeFaceDecoder(**self.arguments)
        self.network.fit_statistics(
            train_faces.embedding,
            train_faces.frontal_landmarks(),
            self._shape.landmarks,
            mean_texture(train_faces, self._shape),
        )
        self.register_buffer("window", face_window(settings.size), persistent=False)
        if settings.identity:
            recogniser = load_face_encoder(faces_settings, device=training_device())
            self._identity = IdentityLoss(
                lambda pictures: recogniser.embed(recogniser.cut_crops(pictures)),
                self.network.mean.to(training_device()),
            )

    def load(self, batch: Batch) -> dict[str, Tensor]:
        """See `Objective.load`."""
        texture = self._faces[TRAIN].textures(self._shape, batch.rows)
        # A face or its mirror image, at random: the expected target is symmetric.
        mirrored = torch.from_numpy(batch.draws[:, 0] < 0.5)[:, None, None, None]
        train_faces = self._faces[TRAIN]
        return {
            "embedding": train_faces.embedding[batch.rows],
            "landmarks": train_faces.frontal_landmarks(batch.rows),
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

    def calibration_loss(self) -> float:
        """Texture and landmark loss, without mirroring and without the identity loss."""
        faces, device, total = self._faces[CALIBRATION], self.window.device, 0.0
        for rows in batches(len(faces)):
            decoded = self.network.parts(faces.embedding[rows].to(device))
            landmarks = faces.frontal_landmarks(rows).to(device)
            texture = texture_loss(decoded.texture, faces.textures(self._shape, rows).to(device), self.window)
            shape = landmark_loss(decoded.landmarks, landmarks, self.network.landmark_spread)
            total += (texture + shape * self._settings.landmarks).item() * len(rows)
        return total / len(faces)
