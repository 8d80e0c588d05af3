"""Trials made by hand, of speakers whose true faces are random directions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from speech2face.config import Metrics
from speech2face.data.sources.attributes import INVENTED
from speech2face.evaluation.trials.schema import write_trial

SETTINGS = Metrics(bootstrap=200, galleries=2, ranks=(1,), percentages=(1, 10))
LANGUAGES = ("sw", "ja", "de")
GROUPS = ("african", "asian", "caucasian")


def made_faces(speakers: int, *, dimension: int = 16, seed: int = 0) -> np.ndarray:
    """A face embedding for each speaker."""
    return np.random.default_rng(seed).normal(size=(speakers, dimension)).astype(np.float32)


def labels(number: int) -> dict[str, object]:
    """What is known of a speaker: language and group go together, a third of the speakers each."""
    return {
        "sex": ("female", "male")[number % 2],
        "age": 30.0 + number,
        "ethnicity": GROUPS[number % 3],
        "language": LANGUAGES[number % 3],
        "origin": INVENTED,
    }


def write_made_trial(
    path: Path,
    voices: Mapping[str, np.ndarray],
    faces: np.ndarray,
    *,
    clips: int = 1,
    only: Mapping[str, Sequence[int]] | None = None,
    known: bool = True,
) -> Path:
    """Write a trial and return its path.

    Args:
        voices: by condition what each clip's voice gives; clips of a speaker lie beside one another.
        faces: of each clip.
        clips: of each speaker.
        only: the clips of a condition; otherwise all.
        known: whether the source has labels.
    """
    write_trial(
        path,
        faces.shape[1],
        (
            {"clip_id": f"t{row // clips:05d}_{row % clips}", "speaker_id": f"t{row // clips:05d}"}
            | (labels(row // clips) if known else dict.fromkeys(labels(0)))
            | {"condition": condition, "face_embedding": faces[row], "voice_embedding": embeddings[row]}
            for condition, embeddings in voices.items()
            for row in (only or {}).get(condition, range(len(faces)))
        ),
    )
    return path
