"""From voices to pictures, and what the face encoder sees in them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8

from speech2face.base.columns import mapped_arrays
from speech2face.base.images import enlarged, to_pictures
from speech2face.base.progress import progress
from speech2face.base.sound import SAMPLE_RATE
from speech2face.config import Faces, Reconstructions
from speech2face.data.faces.find import FaceFinder, SeenFace
from speech2face.learning.decoder.networks import FaceDecoder
from speech2face.learning.decoder.presets import decode, sampled
from speech2face.learning.encoder.networks import VoiceEncoder
from speech2face.learning.encoder.train import embed_voices


@dataclass(frozen=True, kw_only=True)
class FoundFaces:
    """Pictures, and the face found in each, or None."""

    pictures: UInt8[np.ndarray, "n size size 3"]
    faces: list[SeenFace | None]


def predict_faces(
    encoder: VoiceEncoder, rows: pd.DataFrame, clips: Path, settings: Reconstructions
) -> Float[np.ndarray, "rows dimension"]:
    """The face embeddings that the voices of these clips predict.

    Args:
        rows: of the index of the splits.
        clips: folder of that phase's shards.
    """
    samples = round(settings.seconds * SAMPLE_RATE) if settings.seconds else None
    return embed_voices(encoder, mapped_arrays(rows, clips, "audio"), samples=samples)


def raised(
    predicted: Float[np.ndarray, "n dimension"], decoder: FaceDecoder, gain: float
) -> Float[np.ndarray, "n dimension"]:
    """Predicted embeddings, `gain` times as far from the mean."""
    mean = decoder.mean.numpy()
    return mean + np.float32(gain) * (predicted - mean)


def find_in_pictures(
    decoder: FaceDecoder,
    embeddings: Float[np.ndarray, "n dimension"],
    finder: FaceFinder,
    faces_settings: Faces,
    settings: Reconstructions,
    noise: np.random.Generator | None = None,
) -> FoundFaces:
    """Decode embeddings, and find the faces in the pictures, enlarged to the size of the crops if they are smaller.

    Landmarks are whole pixels, and a small picture would make them coarser than those of the originals.

    Args:
        noise: of what embeddings leave open, for pictures of single people; None: expected faces.
    """
    wanted = torch.from_numpy(embeddings)
    if noise is None:
        pictures = to_pictures(decode(decoder, wanted, settings.batch))
    else:
        pictures = to_pictures(sampled(decoder, wanted, noise, settings.batch))
    faces: list[SeenFace | None] = []
    for at in progress(range(0, len(pictures), settings.batch), what="finding faces in pictures", unit="batch"):
        some = pictures[at : at + settings.batch]
        faces.extend(finder.see([enlarged(picture, faces_settings.crop_size) for picture in some]))
    return FoundFaces(pictures=pictures, faces=faces)
