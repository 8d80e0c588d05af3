"""The encoder phase: voices and the faces that belong to them in, a voice encoder out."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from speech2face.config import Encoder
from speech2face.data import gather_arrays
from speech2face.encoder.frontends import SAMPLE_RATE
from speech2face.encoder.networks import SmallVoiceEncoder, VoiceEncoder, build_voice_encoder
from speech2face.models import load_weights, read_description, save_model
from speech2face.splits.share import CALIBRATION, TRAIN, read_index
from speech2face.training import TrainingError, device, fit, prepare, write_history


def train_encoder(
    *,
    index: Path,
    clips: Path,
    faces: Path,
    settings: Encoder,
    seed: int,
    weights: Path,
    config: Path,
    history: Path,
) -> None:
    """Fit the voice encoder on the training speakers; the calibration speakers choose the epoch.

    `clips` and `faces` are the folders of those phases' shards.
    """
    prepare(seed, settings.training.threads)
    place = device()
    parts = {split: read_index(index, split) for split in (TRAIN, CALIBRATION)}
    if parts[CALIBRATION].empty:
        raise TrainingError("The calibration split is empty; raise splits.calibration or add speakers.")
    sound = {split: gather_arrays(part, clips, "audio") for split, part in parts.items()}
    target = {
        split: torch.from_numpy(gather_arrays(part, faces, "embedding")).to(place) for split, part in parts.items()
    }
    arguments = {
        "dimension": target[TRAIN].shape[1],
        "mels": settings.mels,
        "channels": settings.channels,
    }
    model = build_voice_encoder(settings.preset, arguments).to(place)
    assert isinstance(model, SmallVoiceEncoder)
    model.mean.copy_(target[TRAIN].mean(dim=0))
    model.spread.copy_((target[TRAIN] - model.mean).square().mean().sqrt())
    length = round(settings.train_seconds * SAMPLE_RATE)

    def batch_loss(batch: np.ndarray, rng: np.random.Generator) -> Tensor:
        wave = torch.from_numpy(random_cuts(sound[TRAIN][batch], length, rng)).to(place)
        return embedding_loss(model(wave), target[TRAIN][batch], model.spread)

    def calibration_loss() -> float:
        predicted = torch.from_numpy(embed_voices(model, sound[CALIBRATION])).to(place)
        return embedding_loss(predicted, target[CALIBRATION], model.spread).item()

    state = fit(
        model,
        batch_loss=batch_loss,
        samples=len(parts[TRAIN]),
        calibration_loss=calibration_loss,
        settings=settings.training,
        seed=seed,
        what="voice encoder",
    )
    description = {"preset": settings.preset, "arguments": arguments, "best_epoch": state.best_epoch}
    save_model(model, weights, config, description)
    write_history(history, state)


def embedding_loss(predicted: Tensor, target: Tensor, spread: Tensor) -> Tensor:
    """Mean squared error in units of the embeddings' own spread: 1 is what predicting the mean face costs.

    Its minimum is the expected embedding given the voice, which is what a ranking by cosine wants.
    """
    return functional.mse_loss(predicted / spread, target / spread)


def random_cuts(sound: np.ndarray, length: int, rng: np.random.Generator) -> np.ndarray:
    """A random stretch of `length` samples of each row: int16 [batch, samples] to float32 in -1..1."""
    length = min(length, sound.shape[1])
    starts = rng.integers(0, sound.shape[1] - length + 1, len(sound))
    cuts = np.stack([row[start : start + length] for row, start in zip(sound, starts, strict=True)])
    return cuts.astype(np.float32) / 32768


def embed_voices(model: VoiceEncoder, sound: np.ndarray, batch: int = 32) -> np.ndarray:
    """Predicted face embeddings, float32 [clips, dimension], of int16 sound [clips, samples] at 16 kHz."""
    model.eval()
    place = next(model.parameters()).device
    parts = []
    with torch.inference_mode():
        for at in range(0, len(sound), batch):
            wave = torch.from_numpy(sound[at : at + batch].astype(np.float32) / 32768).to(place)
            parts.append(model(wave).cpu().numpy())
    return np.concatenate(parts)


def load_voice_encoder(weights: Path, config: Path) -> VoiceEncoder:
    """The trained voice encoder, ready to embed."""
    description = read_description(config)
    model = build_voice_encoder(description["preset"], description["arguments"])
    load_weights(model, weights)
    return model.eval()
