"""Real voices with the faces that belong to them, as the benchmarks read them.

The folder holds `pairs.csv` (columns clip, speaker), `voice/CLIP.flac` (16 kHz, mono) and `face/CLIP.jpg`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import torch
from jaxtyping import Float, Int

from speech2face.base.images import decode_image
from speech2face.config import load_config
from speech2face.data.faces.encoders import load_face_encoder
from speech2face.data.faces.find import FaceFinder
from speech2face.learning.encoder.frontends import SAMPLE_RATE

CONFIG = Path(__file__).parents[1] / "config" / "config.yaml"


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Voices (float32 in -1..1 at 16 kHz), loose crops of faces (uint8 [height, width, 3]), and whose they are."""

    voices: list[np.ndarray]
    faces: list[np.ndarray]
    speakers: Int[np.ndarray, "clips"]


def read_pairs(folder: Path) -> Pairs:
    """Read the folder of pairs.

    Raises:
        ValueError: the table, a voice or a face is missing or not as described above.
    """
    table_file = folder / "pairs.csv"
    if not table_file.is_file():
        raise ValueError(f"{folder} has no pairs.csv; give the folder that holds it, voice/ and face/.")
    table = pd.read_csv(table_file, dtype=str)
    if missing := {"clip", "speaker"} - set(table.columns):
        raise ValueError(f"{table_file} has no column {' or '.join(sorted(missing))}.")
    return Pairs(
        voices=[_read_voice(folder / "voice" / f"{clip}.flac") for clip in table["clip"]],
        faces=[_read_face(folder / "face" / f"{clip}.jpg") for clip in table["clip"]],
        speakers=pd.factorize(table["speaker"], sort=True)[0],
    )


def _read_voice(path: Path) -> np.ndarray:
    try:
        wave, rate = soundfile.read(path, dtype="float32")
    except (OSError, soundfile.SoundFileError) as error:
        raise ValueError(f"{path} cannot be read ({error}).") from None
    if rate != SAMPLE_RATE or wave.ndim != 1:
        raise ValueError(f"{path} is not mono at {SAMPLE_RATE} Hz.")
    return wave


def _read_face(path: Path) -> np.ndarray:
    try:
        return decode_image(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error}).") from None


def embed_faces(pictures: list[np.ndarray]) -> Float[np.ndarray, "clips dimension"]:
    """Embed faces as the faces phase does: found and aligned anew.

    These crops are framed less exactly than the project's own. Where the detector sees no face, the crop is taken
    for one of the project's.
    """
    settings = load_config([CONFIG]).faces
    encoder = load_face_encoder(settings)
    embedded = []
    for picture, seen in zip(pictures, FaceFinder(settings).see(pictures), strict=True):
        if seen is None:
            crop = torch.tensor(picture)[None].permute(0, 3, 1, 2).float() / 255
            embedded.append(encoder.embed(encoder.cut_crops(crop))[0].numpy())
        else:
            embedded.append(seen.embedding)
    return np.stack(embedded)
