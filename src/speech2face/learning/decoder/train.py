"""The decoder phase: trains a face decoder on face crops with landmarks and embeddings."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from speech2face.base.columns import gather_arrays, mapped_values
from speech2face.base.images import decode_image
from speech2face.base.weights import load_weights, read_description
from speech2face.config import Decoder, Faces
from speech2face.data.faces.encoders import load_face_encoder
from speech2face.data.splits.share import CALIBRATION, TRAIN
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.decoder.losses import IdentityLoss, landmark_loss, texture_loss
from speech2face.learning.decoder.normalised import MeanShape, crop_landmarks, frontal_landmarks
from speech2face.learning.training import processes
from speech2face.learning.training.files import Files
from speech2face.learning.training.loop import train
from speech2face.learning.training.objective import Objective, fingerprint, learning_splits
from speech2face.learning.training.optimise import prepare, training_device
from speech2face.learning.training.sampler import Batch

_BATCH = 32
_IDENTITY_EVERY = 2
"""Steps between two evaluations of the identity loss: it costs more than all the rest of a step."""
_MEAN_FACES = 2048
"""Maximum number of training faces from which the mean texture is computed."""


def train_decoder(
    *,
    index: Path,
    faces: Path,
    faces_settings: Faces,
    settings: Decoder,
    seed: int,
    weights: Path,
    config: Path,
    history: Path,
    checkpoint: Path,
    logs: Path,
) -> None:
    """Fit the face decoder on the training speakers' crops; the calibration speakers choose the epoch.

    Args:
        index: index of the splits.
        faces: folder of the faces phase's shards.
        faces_settings: config section `faces`; it names the face encoder that made the embeddings.
        settings: config section `decoder`.
        seed: of the initial weights and of the order of the samples.
        weights: file of the weights to write.
        config: description of the model to write (JSON).
        history: losses of each epoch to write (JSON).
        checkpoint: file from which a stopped training goes on; deleted at the end.
        logs: folder for the logs of the training.
    """
    processes.join()
    prepare(seed, settings.training.threads)
    parts = learning_splits(index)
    objective = DecoderObjective(parts, faces, faces_settings, settings)
    train(
        objective,
        settings=settings.training,
        seed=seed,
        what="face decoder",
        identity={
            **settings.model_dump(mode="json", exclude={"training"}),
            "face_encoder": faces_settings.encoder,
            "data": fingerprint(parts),
        },
        description={"arguments": objective.arguments},
        files=Files(weights=weights, config=config, history=history, checkpoint=checkpoint, logs=logs),
    )


class DecoderObjective(Objective):
    """Compares decoded landmarks and textures with those of the true face crops."""

    network: ColeFaceDecoder
    window: Tensor

    def __init__(self, parts: dict[str, pd.DataFrame], faces: Path, faces_settings: Faces, settings: Decoder) -> None:
        super().__init__()
        self.samples = len(parts[TRAIN])
        self._settings = settings
        self._faces = {split: _Faces(part, faces, settings.size) for split, part in parts.items()}
        train_faces = self._faces[TRAIN]
        self._shape = MeanShape(train_faces.landmarks)
        self.arguments: dict[str, Any] = {
            "dimension": train_faces.embedding.shape[1],
            "size": settings.size,
            "landmarks": train_faces.landmarks.shape[1],
        }
        self.network = ColeFaceDecoder(**self.arguments)
        batches = _batches(min(_MEAN_FACES, self.samples))
        texture = torch.stack([self._textures(TRAIN, rows).mean(dim=0) for rows in batches]).mean(dim=0)
        self.network.fit_statistics(
            train_faces.embedding,
            frontal_landmarks(train_faces.landmarks),
            self._shape.landmarks,
            (texture + texture.flip(2)) / 2,
        )
        self.register_buffer("window", _face_window(settings.size), persistent=False)
        if settings.identity:
            recogniser = load_face_encoder(faces_settings, device=training_device())
            self._identity = IdentityLoss(
                lambda pictures: recogniser.embed(recogniser.cut_crops(pictures)),
                self.network.mean.to(training_device()),
            )

    def load(self, batch: Batch) -> dict[str, Tensor]:
        """See `Objective.load`."""
        texture = self._textures(TRAIN, batch.rows)
        # A face or its mirror image, at random: the expected target is symmetric.
        mirrored = torch.from_numpy(batch.draws[:, 0] < 0.5)[:, None, None, None]
        train_faces = self._faces[TRAIN]
        return {
            "embedding": train_faces.embedding[batch.rows],
            "landmarks": frontal_landmarks(train_faces.landmarks[batch.rows]),
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
        for rows in _batches(len(faces.embedding)):
            decoded = self.network.parts(faces.embedding[rows].to(device))
            landmarks = frontal_landmarks(faces.landmarks[rows]).to(device)
            texture = texture_loss(decoded.texture, self._textures(CALIBRATION, rows).to(device), self.window)
            shape = landmark_loss(decoded.landmarks, landmarks, self.network.landmark_spread)
            total += (texture + shape * self._settings.landmarks).item() * len(rows)
        return total / len(faces.embedding)

    def _textures(self, split: str, rows: np.ndarray) -> Tensor:
        """Faces in the mean shape, [rows, 3, size, size] in 0..1."""
        return self._shape.textures(self._faces[split].crops(rows), self._faces[split].landmarks[rows])


class _Faces:
    """The faces of a split: embeddings [n, dimension], landmarks [n, 68, 2] relative to the crop, and crops."""

    def __init__(self, index: pd.DataFrame, folder: Path, size: int) -> None:
        self._jpeg, self._size = mapped_values(index, folder, "crop"), size
        self.embedding = torch.from_numpy(gather_arrays(index, folder, "embedding"))
        points = gather_arrays(index, folder, "landmarks").reshape(len(index), -1, 2).astype(np.float64)
        self.landmarks = torch.from_numpy(np.stack([crop_landmarks(face) for face in points])).float()

    def crops(self, rows: np.ndarray) -> Tensor:
        """[rows, 3, size, size] in 0..1."""
        pictures = (Image.fromarray(decode_image(self._jpeg[row])) for row in rows)
        small = [np.asarray(p.resize((self._size, self._size), Image.Resampling.LANCZOS)) for p in pictures]
        return torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).float() / 255


def _batches(rows: int) -> list[np.ndarray]:
    return np.array_split(np.arange(rows), -(-rows // _BATCH))


def _face_window(size: int) -> Tensor:
    """Weights of the pixel loss, [size, size], with mean 1: highest on eyes, nose and mouth, lowest in the corners.

    Crops are aligned, so that the face fills the same ellipse in every picture.
    """
    position = torch.linspace(-1, 1, size)
    inner = torch.sqrt((position[None, :] / 0.5).square() + ((position[:, None] - 0.1) / 0.6).square())
    outer = torch.sqrt(position[None, :].square() + position[:, None].square())
    window = 0.1 + 0.4 * torch.sigmoid((0.9 - outer) * 8) + torch.sigmoid((1.0 - inner) * 8)
    return window / window.mean()


def decode(model: ColeFaceDecoder, embedding: Tensor, batch: int = _BATCH) -> Tensor:
    """Decode embeddings to pictures, [batch, 3, size, size] in 0..1, float32, without gradients."""
    model.eval()
    with torch.inference_mode():
        return torch.cat([model(part) for part in embedding.split(batch)])


def load_face_decoder(weights: Path, config: Path) -> ColeFaceDecoder:
    """The trained face decoder in evaluation mode."""
    model = ColeFaceDecoder(**read_description(config)["arguments"])
    load_weights(model, weights)
    return model.eval()
