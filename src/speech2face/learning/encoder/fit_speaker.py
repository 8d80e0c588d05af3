"""The fit of preset `speaker`: a ridge regression on what `embed` measured of every voice."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from speech2face.base.columns import gather_arrays
from speech2face.learning.encoder.ridge import fit_face_ridge
from speech2face.learning.encoder.speaker import SpeakerVoiceEncoder


@dataclass(frozen=True, kw_only=True)
class FittedSpeaker:
    """The network, what it must be built with again, and the error at each penalty."""

    network: SpeakerVoiceEncoder
    description: dict[str, Any]
    history: list[dict[str, float]]


def fit_speaker(clips: pd.DataFrame, speakers: Path, faces: Path, penalties: Sequence[float]) -> FittedSpeaker:
    """Fit to some clips.

    Args:
        clips: rows of the index.
        speakers: folder of the shards of `embed_speakers`.
        faces: folder of the faces phase's shards.
        penalties: to choose from.
    """
    truth = gather_arrays(clips, faces, "embedding").astype(np.float64)
    inputs = gather_arrays(clips, speakers, "inputs").astype(np.float64)
    ridge = fit_face_ridge(inputs, truth, clips["speaker_id"].tolist(), penalties)
    arguments = {"dimension": truth.shape[1]}
    network = SpeakerVoiceEncoder(**arguments)
    network.load_pretrained()
    with torch.no_grad():
        network.set_ridge(ridge, float(np.sqrt(np.square(truth - ridge.mean).mean())))
    return FittedSpeaker(
        network=network,
        description={"preset": "speaker", "arguments": arguments, "penalty": ridge.penalty},
        history=ridge.curve,
    )
