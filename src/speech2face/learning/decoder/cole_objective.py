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
from speech2face.learning.training.optimise import device
from speech2face.learning.training.sampler import Batch

_LOOK_EVERY = 2
"""Steps between two looks of the recogniser at the pictures: it costs more than all the rest of a step."""


class ColeObjective(Objective):
    """Landmarks and textures drawn from embeddings against those of the crops that the embeddings are of."""

    network: ColeFaceDecoder
    window: Tensor

    def __init__(self, parts: dict[str, pd.DataFrame], faces: Path, faces_settings: Faces, settings: Decoder) -> None:
        super().__init__()
        self.samples = len(parts[TRAIN])
        self._settings = settings
        self._faces = {split: FaceSet(part, faces, settings.size) for split, part in parts.items()}
        learned = self._faces[TRAIN]
        self._shape = MeanShape(learned.landmarks)
        self.arguments: dict[str, Any] = {
            "dimension": learned.embedding.shape[1],
            "size": settings.size,
            "landmarks": learned.landmarks.shape[1],
        }
        self.network = ColeFaceDecoder(**self.arguments)
        self.network.fit_statistics(
            learned.embedding,
            learned.frontal_landmarks(),
            self._shape.landmarks,
            mean_texture(learned, self._shape),
        )
        self.register_buffer("window", face_window(settings.size), persistent=False)
        if settings.identity:
            recogniser = load_face_encoder(faces_settings, device=device())
            self._identity = IdentityLoss(
                lambda pictures: recogniser.embed(recogniser.cut_crops(pictures)), self.network.mean.to(device())
            )

    def load(self, batch: Batch) -> dict[str, Tensor]:
        """See `Objective.load`."""
        texture = self._faces[TRAIN].textures(self._shape, batch.rows)
        # A mirrored face is as good a target of its embedding: the mean of both is a symmetric one.
        mirrored = torch.from_numpy(batch.chance[:, 0] < 0.5)[:, None, None, None]
        learned = self._faces[TRAIN]
        return {
            "embedding": learned.embedding[batch.rows],
            "landmarks": learned.frontal_landmarks(batch.rows),
            "texture": torch.where(mirrored, texture.flip(3), texture),
        }

    def forward(  # type: ignore[override]
        self, step: int, *, embedding: Tensor, landmarks: Tensor, texture: Tensor
    ) -> dict[str, Tensor]:
        """See `Objective.forward`."""
        drawn = self.network.parts(embedding)
        terms = {
            "texture": texture_loss(drawn.texture, texture, self.window),
            "landmarks": landmark_loss(drawn.landmarks, landmarks, self.network.landmark_spread)
            * self._settings.landmarks,
        }
        if self._settings.identity and step % _LOOK_EVERY == 0:
            views = torch.Generator().manual_seed(step)
            terms["identity"] = self._identity(drawn.picture, embedding, views) * self._settings.identity
        return terms

    def calibration_loss(self) -> float:
        """Texture and landmarks, without mirror images; the recogniser has no say in which epoch is best."""
        faces, device, total = self._faces[CALIBRATION], self.window.device, 0.0
        for rows in batches(len(faces)):
            drawn = self.network.parts(faces.embedding[rows].to(device))
            loss = texture_loss(drawn.texture, faces.textures(self._shape, rows).to(device), self.window)
            landmarks = faces.frontal_landmarks(rows).to(device)
            moved = landmark_loss(drawn.landmarks, landmarks, self.network.landmark_spread)
            total += (loss + moved * self._settings.landmarks).item() * len(rows)
        return total / len(faces)
