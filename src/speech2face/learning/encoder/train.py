"""The encoder phase: trains a voice encoder on pairs of a voice and a face embedding."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from speech2face.base.columns import gather_arrays, mapped_arrays
from speech2face.base.precision import full_precision
from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.weights import load_weights, read_description, save_model
from speech2face.config import Encoder, Faces
from speech2face.data.splits.share import TRAIN, VALIDATION
from speech2face.learning.encoder.fit_speaker import fit_speaker
from speech2face.learning.encoder.losses import error_at_best_length
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.presets import build_voice_encoder, preset_arguments
from speech2face.learning.encoder.weighting import build_loss
from speech2face.learning.training import processes
from speech2face.learning.training.files import Files
from speech2face.learning.training.loop import train
from speech2face.learning.training.objective import Objective, fingerprint, learning_splits
from speech2face.learning.training.optimise import prepare, training_device
from speech2face.learning.training.record import write_history
from speech2face.learning.training.sampler import Batch

_BATCH = 8
"""Voices per batch in inference: the activations of larger batches do not fit into a CPU's cache."""
_STATISTICS_VOICES = 2048
"""Maximum number of training voices from which the statistics of a pretrained network's embeddings are computed."""


def train_encoder(
    *,
    index: Path,
    clips: Path,
    faces: Path,
    faces_settings: Faces,
    decoder: tuple[Path, Path],
    speakers: Path,
    settings: Encoder,
    seed: int,
    weights: Path,
    config: Path,
    history: Path,
    checkpoint: Path,
    logs: Path,
) -> None:
    """Fit the voice encoder on the training speakers; the validation speakers choose the epoch.

    Preset `speaker` is fitted in closed form, and has no epochs.

    Args:
        index: index of the splits.
        clips, faces: folder of that phase's shards.
        faces_settings: config section `faces`; some losses use the face encoder that it names.
        decoder: weights and config of the face decoder, which some losses use.
        speakers: folder of the shards of `embed_speakers`, for preset `speaker`.
        settings: config section `encoder`.
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
    if settings.preset == "speaker":
        # A closed form has no batches to share: the other processes have nothing to do.
        if processes.rank() == 0:
            fitted = fit_speaker(parts[TRAIN], speakers, faces, settings.speaker.penalties)
            save_model(fitted.network, weights, config, fitted.description)
            write_history(history, fitted.history)
        processes.leave()
        return
    objective = EncoderObjective(
        parts, clips=clips, faces=faces, faces_settings=faces_settings, decoder=decoder, settings=settings
    )
    chosen = settings.model_dump(mode="json", include={"loss", "train_seconds"})
    train(
        objective,
        settings=settings.training,
        seed=seed,
        what="voice encoder",
        identity={**objective.description, **chosen, "data": fingerprint(parts)},
        description=objective.description,
        files=Files(weights=weights, config=config, history=history, checkpoint=checkpoint, logs=logs),
    )


class EncoderObjective(Objective):
    """Compares embeddings predicted from voices with those of the speakers' faces."""

    network: VoiceEncoder

    def __init__(
        self,
        parts: dict[str, pd.DataFrame],
        *,
        clips: Path,
        faces: Path,
        faces_settings: Faces,
        decoder: tuple[Path, Path],
        settings: Encoder,
    ) -> None:
        super().__init__()
        self.samples = len(parts[TRAIN])
        self._length = round(settings.train_seconds * SAMPLE_RATE)
        self._sound = {split: mapped_arrays(part, clips, "audio") for split, part in parts.items()}
        self._target = {
            split: torch.from_numpy(gather_arrays(part, faces, "embedding")) for split, part in parts.items()
        }
        arguments = preset_arguments(settings, dimension=self._target[TRAIN].shape[1])
        self.description: dict[str, Any] = {"preset": settings.preset, "arguments": arguments}
        self.network = build_voice_encoder(settings.preset, arguments)
        first_voices = islice(whole_voices(self._sound[TRAIN]), _STATISTICS_VOICES // _BATCH)
        self.network.initialise(self._target[TRAIN], first_voices)
        self.loss = build_loss(
            settings.loss,
            target=self._target[TRAIN],
            spread=self.network.spread,
            speakers=parts[TRAIN]["speaker_id"].tolist(),
            decoder=decoder,
            faces=faces_settings,
            device=training_device(),
        )

    def load(self, batch: Batch) -> dict[str, Tensor]:
        """See `Objective.load`."""
        target = self._target[TRAIN][batch.rows]
        cuts = random_cuts(self._sound[TRAIN], batch.rows, self._length, batch.draws[:, 0])
        return {"voices": torch.from_numpy(cuts), "target": target}

    def forward(self, step: int, *, voices: Tensor, target: Tensor) -> dict[str, Tensor]:  # type: ignore[override]
        """See `Objective.forward`; `voices` are int16 sound."""
        predicted = self.network(to_float(voices))
        # The loss is computed in float32, whatever the precision of the network.
        with full_precision(predicted.device):
            return self.loss(predicted.float(), target, step)

    def validation_loss(self) -> float:
        """The error at the best length, for every training loss, so that runs with different losses are comparable."""
        predicted = torch.from_numpy(embed_voices(self.network, self._sound[VALIDATION]))
        return error_at_best_length(
            predicted, self._target[VALIDATION], mean=self.network.mean.cpu(), spread=self.network.spread.cpu()
        )

    def observations(self) -> Mapping[str, float]:
        """Gradient norms of the loss terms with respect to the predicted embedding, and their weights."""
        return self.loss.observations


def random_cuts(sound: Sequence[np.ndarray], clips: np.ndarray, length: int, draws: np.ndarray) -> np.ndarray:
    """A random excerpt of `length` samples of each clip, int16 [clips, length]; shorter clips are returned whole.

    Args:
        draws: uniform random numbers in 0..1, [clips], which determine the starts.
    """
    length = min(length, len(sound[0]))
    starts = [int(draw * (len(sound[clip]) - length + 1)) for clip, draw in zip(clips, draws, strict=True)]
    return np.stack([sound[clip][start : start + length] for clip, start in zip(clips, starts, strict=True)])


def to_float(wave: Tensor) -> Tensor:
    """16-bit sound to -1..1."""
    return wave.float() / 32768


def embed_voices(model: VoiceEncoder, sound: Sequence[np.ndarray], *, samples: int | None = None) -> np.ndarray:
    """Predicted face embeddings, float32 [clips, dimension], of int16 sound at 16 kHz, one array a clip.

    Args:
        samples: use this many samples from the start of each clip; None: all.
    """
    model.eval()
    device = next(model.buffers()).device
    with torch.inference_mode():
        parts = [model(wave.to(device)).float().cpu().numpy() for wave in whole_voices(sound, samples)]
    return np.concatenate(parts)


def whole_voices(sound: Sequence[np.ndarray], samples: int | None = None) -> Iterator[Tensor]:
    """All clips from their start, in batches, float32 [batch, samples] in -1..1."""
    for start in range(0, len(sound), _BATCH):
        rows = np.stack([sound[clip][:samples] for clip in range(start, min(start + _BATCH, len(sound)))])
        yield to_float(torch.from_numpy(rows))


def load_voice_encoder(weights: Path, config: Path) -> VoiceEncoder:
    """The trained voice encoder in evaluation mode."""
    description = read_description(config)
    model = build_voice_encoder(description["preset"], description["arguments"])
    load_weights(model, weights)
    return model.eval()
