"""The decoder phase: face crops and their embeddings in, a face decoder out."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from speech2face.config import Decoder
from speech2face.data import gather_arrays, gather_values
from speech2face.decoder.network import FaceDecoder
from speech2face.images import decode_image
from speech2face.models import load_weights, read_description, save_model
from speech2face.splits.share import CALIBRATION, TRAIN, read_index
from speech2face.training import TrainingError, device, fit, prepare, write_history


def train_decoder(
    *,
    index: Path,
    faces: Path,
    settings: Decoder,
    seed: int,
    weights: Path,
    config: Path,
    history: Path,
) -> None:
    """Fit the face decoder on the training speakers' crops; the calibration speakers choose the epoch.

    `faces` is the folder of the faces phase's shards.
    """
    prepare(seed, settings.training.threads)
    place = device()
    parts = {split: read_index(index, split) for split in (TRAIN, CALIBRATION)}
    if parts[CALIBRATION].empty:
        raise TrainingError("The calibration split is empty; raise splits.calibration or add speakers.")
    pictures = {
        split: np.stack(gather_values(part, faces, "crop", lambda data: _shrink(data, settings.size)))
        for split, part in parts.items()
    }
    embedding = {
        split: torch.from_numpy(gather_arrays(part, faces, "embedding")).to(place) for split, part in parts.items()
    }
    arguments = {"dimension": embedding[TRAIN].shape[1], "size": settings.size, "width": settings.width}
    model = FaceDecoder(**arguments).to(place)
    model.mean.copy_(embedding[TRAIN].mean(dim=0))
    model.spread.copy_((embedding[TRAIN] - model.mean).square().mean().sqrt())
    window = _face_window(settings.size).to(place)

    def picture_loss(predicted: Tensor, truth: Tensor) -> Tensor:
        return ((predicted - truth).abs() * window).mean()

    def batch_loss(batch: np.ndarray, rng: np.random.Generator) -> Tensor:
        truth = _to_tensor(pictures[TRAIN][batch]).to(place)
        # A mirrored face is as good a target of its embedding: the mean of both is a symmetric one.
        if rng.uniform() < 0.5:
            truth = truth.flip(3)
        return picture_loss(model(embedding[TRAIN][batch]), truth)

    def calibration_loss() -> float:
        predicted = decode(model, embedding[CALIBRATION])
        return picture_loss(predicted, _to_tensor(pictures[CALIBRATION]).to(place)).item()

    state = fit(
        model,
        batch_loss=batch_loss,
        samples=len(parts[TRAIN]),
        calibration_loss=calibration_loss,
        settings=settings.training,
        seed=seed,
        what="face decoder",
    )
    save_model(model, weights, config, {"arguments": arguments, "best_epoch": state.best_epoch})
    write_history(history, state)


def _face_window(size: int) -> Tensor:
    """Weights of the pixel loss, [size, size], of mean 1: most on eyes, nose and mouth, least in the corners.

    The crop is aligned, so that the face fills the same ellipse in every picture.
    """
    place = torch.linspace(-1, 1, size)
    inner = torch.sqrt((place[None, :] / 0.5).square() + ((place[:, None] - 0.1) / 0.6).square())
    outer = torch.sqrt(place[None, :].square() + place[:, None].square())
    window = 0.1 + 0.4 * torch.sigmoid((0.9 - outer) * 8) + torch.sigmoid((1.0 - inner) * 8)
    return window / window.mean()


def _shrink(data: bytes, size: int) -> np.ndarray:
    picture = Image.fromarray(decode_image(data))
    return np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS))


def _to_tensor(pictures: np.ndarray) -> Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255


def decode(model: FaceDecoder, embedding: Tensor, batch: int = 32) -> Tensor:
    """Pictures of embeddings, [batch, 3, size, size] in 0..1, float32, without gradients."""
    model.eval()
    with torch.inference_mode():
        return torch.cat([model(part) for part in embedding.split(batch)])


def load_face_decoder(weights: Path, config: Path) -> FaceDecoder:
    """The trained face decoder, ready to decode."""
    model = FaceDecoder(**read_description(config)["arguments"])
    load_weights(model, weights)
    return model.eval()
