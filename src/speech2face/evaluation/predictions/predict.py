"""The predictions phase: face embeddings of every test clip by the models and the baselines."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from speech2face.base.columns import gather_arrays, mapped_arrays, mapped_values
from speech2face.base.shards import read_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.sources.samples import PICTURES
from speech2face.data.splits.share import TEST, TRAIN, read_index
from speech2face.evaluation.predictions.baselines import acoustics, baselines
from speech2face.evaluation.predictions.ceiling import predict_from_truth
from speech2face.evaluation.predictions.schema import Prediction, write_predictions
from speech2face.learning.encoder.train import embed_voices, load_voice_encoder
from speech2face.learning.training.optimise import prepare

_SHORT = 3 * SAMPLE_RATE
"""The shorter of the two lengths that the paper's tables 2 and 3 compare."""


def predict(
    *,
    index: Path,
    clips: Path,
    faces: Path,
    voices: Path,
    reconstructions: Path,
    encoder: tuple[Path, Path],
    truth: Sequence[Path],
    published: Path | None = None,
    seed: int,
    threads: int,
    output: Path,
) -> None:
    """Write the predictions of every method for every test clip.

    Methods: `f2f`, `s2f_pictures` and `draws`, the face embeddings of the decoded pictures; `world.ceiling`, from the
    true parameters of the voice; `authors_...`, the pictures that others published for the same clips; `s2f`, the voice
    encoder on the whole clip, and `s2f_3s`, on its first 3 s; and the `baselines`.

    Args:
        index: index of the splits.
        clips, faces, voices: folder of that phase's shards.
        reconstructions: table of the reconstructed faces.
        encoder: weights and config of the voice encoder.
        truth: the talkers' tables of the truth; other sources have none, and no `world.ceiling`.
        published: folder of the published pictures' shards, for the samples.
        seed: of all chance.
        threads: number of CPU threads.
        output: table of predictions to write.
    """
    prepare(seed, threads)
    train, test = read_index(index, TRAIN), read_index(index, TEST)
    train_faces = gather_arrays(train, faces, "embedding")
    reconstructed = read_shard(reconstructions).to_pandas()
    true_faces = np.stack(reconstructed["face_embedding"].to_list())
    predictions = [Prediction.of_column("f2f", reconstructed["f2f_embedding"], train_faces.shape[1])]
    if truth:
        parameters = pd.concat([read_shard(path).to_pandas() for path in truth], ignore_index=True)
        predictions.append(
            Prediction.complete("world.ceiling", predict_from_truth(parameters, train, train_faces, test))
        )
    sound = mapped_arrays(test, clips, "audio")
    short = [wave[:_SHORT] for wave in sound]
    predictions += [
        Prediction.complete("s2f", np.stack(reconstructed["voice_embedding"].to_list())),
        Prediction.complete("s2f_3s", embed_voices(load_voice_encoder(*encoder), short)),
        Prediction.of_column("s2f_pictures", reconstructed["s2f_embedding"], train_faces.shape[1]),
        Prediction.of_column("draws", reconstructed["draws_embedding"], train_faces.shape[1]),
    ]
    if published is not None:
        for kind in PICTURES:
            seen = pd.Series(list(mapped_values(test, published, f"{kind}_embedding")), dtype=object)
            predictions.append(Prediction.of_column(kind, seen, train_faces.shape[1]))
    predictions += baselines(acoustics(train, voices), train_faces, train, acoustics(test, voices), test)
    write_predictions(output, test, true_faces, predictions)
