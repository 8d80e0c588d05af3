"""People out of a random number generator: faces, measures and voices that a common cause joins, or nothing does."""

from pathlib import Path

import numpy as np

from speech2face.base.shards import write_shard
from speech2face.evaluation.metrics.proportions import RATIOS
from speech2face.uncertainty.calibration.collect import USUAL, schema
from speech2face.uncertainty.calibration.extraction import WINDOWS

DIMENSION, FEATURES, SOUND = 12, 32, 240


def write_people(
    path: Path, *, people: int, seed: int, coupling: float = 1.0, seconds=(1.0, 6.0), odd: float = 0.0, labels=None
):
    """Write what is heard of so many people.

    Args:
        coupling: how strongly voices show what faces show; 0: not at all.
        odd: moves all voices away from where others are.
        labels: further labels of a person from the cause of their voice and face.
    """
    # What joins voices and faces is the same in every set of people.
    world = np.random.default_rng(7)
    face, voice, ratio = (world.normal(size=(4, size)) for size in (DIMENSION, FEATURES, len(RATIOS)))
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(people):
        cause = rng.normal(size=4)
        faces = cause @ face + 0.5 * rng.normal(size=DIMENSION)
        for length in seconds:
            heard = coupling * cause + rng.normal(size=4) / np.sqrt(length)
            rows.append(
                {
                    "speaker_id": f"p{number:05d}",
                    "sex": "female" if cause[0] + 0.3 * cause[1] > 0 else "male",
                    "age": float(np.clip(50 + 12 * cause[1] + 4 * rng.normal(), 18, 80)),
                    "ethnicity": "a" if cause[3] > 0 else "b",
                    "language": "en" if cause[2] > 0.5 else "de",
                    **(labels(cause) if labels else {}),
                    "condition": USUAL,
                    "seconds": length,
                    "face_embedding": faces,
                    "ratios": 1
                    + 0.05 * (cause @ ratio + (1.5 if cause[0] > 0 else 0.7) * rng.normal(size=len(RATIOS))),
                    "voice_embedding": heard @ face * 0.7 + 0.3 * rng.normal(size=DIMENSION) + odd,
                    "disagreement": float(np.exp(0.2 * rng.normal())),
                    "features": heard @ voice + 0.3 * rng.normal(size=FEATURES) + odd,
                    "sound": rng.normal(size=SOUND) + odd,
                    "windows": (heard @ voice + rng.normal(size=(WINDOWS, FEATURES)) + odd).reshape(-1)
                    if length == 6.0
                    else None,
                }
            )
    write_shard(path, schema(DIMENSION, {"features": FEATURES, "sound": SOUND}), rows)
