"""The face decoders by the name of their preset."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speech2face.base.weights import load_weights, read_description
from speech2face.learning.decoder.appearance import AppearanceDecoder
from speech2face.learning.decoder.cole import ColeFaceDecoder
from speech2face.learning.decoder.networks import FaceDecoder

PRESETS: dict[str, type[FaceDecoder]] = {"appearance": AppearanceDecoder, "cole": ColeFaceDecoder}
_BATCH = 32


def build_face_decoder(preset: str, arguments: dict[str, Any]) -> FaceDecoder:
    """The network of a preset.

    Raises:
        ValueError: there is no such preset.
    """
    if preset not in PRESETS:
        raise ValueError(f"There is no face decoder {preset!r}; decoder.preset is one of {', '.join(PRESETS)}.")
    return PRESETS[preset](**arguments)


def load_face_decoder(weights: Path, config: Path) -> FaceDecoder:
    """The trained face decoder, ready to decode."""
    description = read_description(config)
    model = build_face_decoder(description["preset"], description["arguments"])
    load_weights(model, weights)
    return model.eval()


def sampled(model: FaceDecoder, embedding: Tensor, rng: np.random.Generator, batch: int = _BATCH) -> Tensor:
    """Pictures of single people with these embeddings (`FaceDecoder.sample`), as `decode` gives those expected."""
    model.eval()
    noise = torch.from_numpy(rng.normal(size=(len(embedding), model.residuals)).astype(np.float32))
    with torch.inference_mode():
        parts = zip(embedding.split(batch), noise.to(embedding.device).split(batch), strict=True)
        return torch.cat([model.sample(*part) for part in parts])


def decode(model: FaceDecoder, embedding: Tensor, batch: int = _BATCH) -> Tensor:
    """Pictures of embeddings, [batch, 3, size, size] in 0..1, float32, without gradients."""
    model.eval()
    with torch.inference_mode():
        return torch.cat([model(part) for part in embedding.split(batch)])
