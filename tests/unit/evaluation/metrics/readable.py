"""A tiny world whose embeddings encode sex, age and ethnicity, written as the phases write it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from speech2face.base.shards import array_field, write_shard
from speech2face.config import Metrics
from speech2face.data.splits.share import INDEX, TEST, TRAIN
from speech2face.evaluation.predictions.schema import Prediction, write_predictions

DIMENSION, TRAINED, TESTED = 6, 40, 6
GROUPS = ("african", "asian", "caucasian")
SETTINGS = Metrics(bootstrap=200, galleries=1, ranks=(1,), percentages=(1,))


def people(count: int, split: str) -> pd.DataFrame:
    """Two clips of each of `count` speakers; women are even, men odd."""
    speakers = np.repeat(np.arange(count), 2)
    names = [f"{split}{speaker:02d}" for speaker in speakers]
    return pd.DataFrame(
        {
            "clip_id": [f"{name}_{clip}" for name, clip in zip(names, np.tile([0, 1], count), strict=True)],
            "speaker_id": names,
            "split": split,
            "shard": "00",
            "sex": [("female", "male")[speaker % 2] for speaker in speakers],
            "age": 22.0 + 50 * speakers / count,
            "ethnicity": [GROUPS[speaker % 3] for speaker in speakers],
            "language": ["de" if speaker % 3 else "hi" for speaker in speakers],
        }
    )


def faces_of(clips: pd.DataFrame) -> np.ndarray:
    """An embedding of the labels of each clip."""
    rng = np.random.default_rng(3)
    faces = rng.normal(0, 0.05, (len(clips), DIMENSION))
    # The zeros that stand where no face was found look like a man: they must not count as one.
    faces[:, 0] += np.where(clips["sex"] == "female", 2, 0)
    faces[:, 1] += clips["age"].to_numpy(float) / 20
    for number, group in enumerate(GROUPS):
        faces[:, 2 + number] += clips["ethnicity"] == group
    return faces.astype(np.float32)


def write_world(folder: Path) -> dict[str, Path]:
    """Write predictions, index and faces; the paths by the names that `measure` calls them.

    The F2F pictures are the true faces. In the S2F pictures the first test speaker, a woman, looks like a man, and no
    face is found in those of the second, a man.
    """
    clips = pd.concat([people(TRAINED, TRAIN), people(TESTED, TEST)], ignore_index=True)
    clips["row"] = np.arange(len(clips))
    faces = faces_of(clips)
    (folder / "faces").mkdir()
    schema = pa.schema([array_field("embedding", DIMENSION, pa.float32())])
    write_shard(folder / "faces" / "00.arrow", schema, [{"embedding": face} for face in faces])
    write_shard(folder / "index.arrow", INDEX, clips.to_dict("records"))
    test = clips[clips["split"] == TEST].reset_index(drop=True)
    true = faces[2 * TRAINED :]
    changed, found = true.copy(), np.ones(len(test), bool)
    changed[:2, 0] = 0
    found[2:4] = False
    methods = [Prediction.complete("f2f", true), Prediction(name="s2f_pictures", embeddings=changed, found=found)]
    write_predictions(folder / "predictions.arrow", test, true, methods)
    return {"predictions": folder / "predictions.arrow", "index": folder / "index.arrow", "faces": folder / "faces"}
