"""What preset `speaker` predicts faces from, measured once for every clip of a shard and then used by every fold."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from speech2face.base.progress import progress
from speech2face.base.shards import ArrayColumn, array_field, read_shard, write_shard
from speech2face.base.status import STATUS_FIELDS
from speech2face.data.voices.samples import unit_samples
from speech2face.learning.encoder.speaker import INPUTS, SpeakerVoiceEncoder
from speech2face.learning.training.optimise import prepare

SCHEMA = pa.schema([*STATUS_FIELDS, array_field("inputs", INPUTS, pa.float32())])
_BATCH = 8


def embed_speakers(*, clips: Path, seed: int, output: Path) -> None:
    """Write the inputs of the ridge regression (see `SpeakerVoiceEncoder`) for every good clip of a shard.

    Args:
        clips: shard of the clips phase.
        seed: of all chance.
        output: shard to write, with the same rows.

    Raises:
        FileNotFoundError: the released weights of CAM++ were not fetched.
        ValueError: the file is not that of the release.
    """
    # Shards run side by side.
    prepare(seed, 1)
    table = read_shard(clips)
    encoder = SpeakerVoiceEncoder(dimension=1).eval()
    encoder.load_pretrained()
    write_shard(output, SCHEMA, _rows(table, encoder))


def _rows(table: pa.Table, encoder: SpeakerVoiceEncoder) -> Iterator[Mapping[str, Any]]:
    audio = ArrayColumn(table, "audio")
    statuses = table.select([field.name for field in STATUS_FIELDS]).to_pylist()
    good = [row for row, status in enumerate(statuses) if status["status"] == "ok"]
    batches = [good[at : at + _BATCH] for at in range(0, len(good), _BATCH)]
    inputs: dict[int, np.ndarray] = {}
    for batch in progress(batches, what="speaker embeddings", unit="clip", total=len(good), size=len):
        wave = torch.from_numpy(np.stack([unit_samples(audio[row]) for row in batch]))
        with torch.inference_mode():
            inputs |= zip(batch, encoder.measure_inputs(wave).numpy(), strict=True)
    for row, status in enumerate(statuses):
        yield status | {"inputs": inputs.get(row)}
