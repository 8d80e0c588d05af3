"""The encoder phase: voices and the faces that belong to them in, a voice encoder out."""

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
from speech2face.base.weights import load_weights, read_description
from speech2face.config import Encoder, Faces
from speech2face.data.splits.share import CALIBRATION, TRAIN
from speech2face.learning.encoder.losses import error_at_best_length
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.presets import build_voice_encoder, preset_arguments
from speech2face.learning.encoder.weighting import build_loss
from speech2face.learning.training import processes
from speech2face.learning.training.files import Files
from speech2face.learning.training.loop import train
from speech2face.learning.training.objective import Objective, fingerprint, learning_splits
from speech2face.learning.training.optimise import device, prepare
from speech2face.learning.training.sampler import Batch

_BATCH = 8
"""Voices that a network hears at once where it does not learn: what it computes of more leaves a CPU's cache."""
_STATISTICS_OF = 2048
"""Training voices, at most, that a pretrained network's embeddings are standardised by."""


def train_encoder(
    *,
    index: Path,
    clips: Path,
    faces: Path,
    faces_settings: Faces,
    decoder: tuple[Path, Path],
    settings: Encoder,
    seed: int,
    weights: Path,
    config: Path,
    history: Path,
    checkpoint: Path,
    logs: Path,
) -> None:
    """Fit the voice encoder on the training speakers; the calibration speakers choose the epoch.

    Args:
        index: index of the splits.
        clips, faces: folder of that phase's shards.
        faces_settings: config section `faces`; some losses use the face encoder that it names.
        decoder: weights and config of the face decoder, which some losses use.
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
    """Embeddings predicted from voices against those of the faces that they belong to."""

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
        some = islice(whole_voices(self._sound[TRAIN]), _STATISTICS_OF // _BATCH)
        heard = self.network.initialise(self._target[TRAIN], some)
        # A frozen trunk hears the same of whole clips in every epoch: it is heard once.
        self._kept: dict[str, Tensor] | None = None
        if self.network.fixed_listening and self._length >= len(self._sound[TRAIN][0]):
            known = {} if heard is None or len(heard) < self.samples else {TRAIN: heard.cpu()}
            self._kept = known | {split: self._heard(split) for split in parts.keys() - known.keys()}
        self.loss = build_loss(
            settings.loss,
            target=self._target[TRAIN],
            spread=self.network.spread,
            speakers=parts[TRAIN]["speaker_id"].tolist(),
            decoder=decoder,
            faces=faces_settings,
            place=device(),
        )

    def load(self, batch: Batch) -> dict[str, Tensor]:
        """See `Objective.load`."""
        target = self._target[TRAIN][batch.rows]
        if self._kept is not None:
            return {"heard": self._kept[TRAIN][batch.rows], "target": target}
        cuts = random_cuts(self._sound[TRAIN], batch.rows, self._length, batch.chance[:, 0])
        return {"heard": torch.from_numpy(cuts), "target": target}

    def forward(self, step: int, *, heard: Tensor, target: Tensor) -> dict[str, Tensor]:  # type: ignore[override]
        """See `Objective.forward`."""
        predicted = (self.network(to_float(heard)) if self._kept is None else self.network.answer(heard)).float()
        # What judges is exact, in whatever precision the network runs.
        with full_precision(predicted.device):
            return self.loss(predicted, target, step)

    def calibration_loss(self) -> float:
        """The error at the best length, whatever is trained on: so that one loss's runs compare with another's."""
        if self._kept is None:
            predicted = torch.from_numpy(embed_voices(self.network, self._sound[CALIBRATION]))
        else:
            self.network.eval()
            with torch.inference_mode():
                predicted = self.network.answer(self._kept[CALIBRATION].to(self.network.mean.device)).float().cpu()
        return error_at_best_length(
            predicted, self._target[CALIBRATION], mean=self.network.mean.cpu(), spread=self.network.spread.cpu()
        )

    def _heard(self, split: str) -> Tensor:
        """What the trunk hears of each clip of a split, on the CPU."""
        self.network.eval()
        with torch.inference_mode():
            place = self.network.mean.device
            heard = [self.network.listen(wave.to(place)).cpu() for wave in whole_voices(self._sound[split])]
        # A clone from outside inference mode, because gradients are taken through what is made of it.
        return torch.cat(heard).clone()

    def observations(self) -> Mapping[str, float]:
        """Gradient sizes of the loss terms with respect to the predicted embedding, and their weights."""
        return self.loss.observations


def random_cuts(sound: Sequence[np.ndarray], clips: np.ndarray, length: int, chance: np.ndarray) -> np.ndarray:
    """A stretch of `length` samples of each clip, int16 [clips, length]; `chance` in 0..1 says where it starts.

    What is shorter comes whole.
    """
    length = min(length, len(sound[0]))
    starts = [int(share * (len(sound[clip]) - length + 1)) for clip, share in zip(clips, chance, strict=True)]
    return np.stack([sound[clip][start : start + length] for clip, start in zip(clips, starts, strict=True)])


def to_float(wave: Tensor) -> Tensor:
    """16-bit sound to -1..1."""
    return wave.float() / 32768


def embed_voices(model: VoiceEncoder, sound: Sequence[np.ndarray], *, samples: int | None = None) -> np.ndarray:
    """Predicted face embeddings, float32 [clips, dimension], of int16 sound at 16 kHz, one array a clip.

    Args:
        samples: how much of each clip is heard, from its start; None: all.
    """
    model.eval()
    place = next(model.buffers()).device
    with torch.inference_mode():
        parts = [model(wave.to(place)).float().cpu().numpy() for wave in whole_voices(sound, samples)]
    return np.concatenate(parts)


def whole_voices(sound: Sequence[np.ndarray], samples: int | None = None) -> Iterator[Tensor]:
    """All clips from their start, in batches, float32 [batch, samples] in -1..1."""
    for at in range(0, len(sound), _BATCH):
        rows = np.stack([sound[clip][:samples] for clip in range(at, min(at + _BATCH, len(sound)))])
        yield to_float(torch.from_numpy(rows))


def load_voice_encoder(weights: Path, config: Path) -> VoiceEncoder:
    """The trained voice encoder, ready to embed."""
    description = read_description(config)
    model = build_voice_encoder(description["preset"], description["arguments"])
    load_weights(model, weights)
    return model.eval()
