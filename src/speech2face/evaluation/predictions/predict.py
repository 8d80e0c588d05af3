"""The answers phase: what the models, the ceiling and the floors say of every test clip."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from speech2face.base.columns import gather_arrays, mapped_arrays, mapped_values
from speech2face.base.shards import read_shard
from speech2face.base.sound import SAMPLE_RATE
from speech2face.data.splits.share import TEST, TRAIN, read_index
from speech2face.data.voices.acoustics import FEATURES
from speech2face.evaluation.predictions.ceiling import predict_from_truth
from speech2face.evaluation.predictions.schema import Prediction, write_predictions
from speech2face.learning.encoder.train import embed_voices, load_voice_encoder
from speech2face.learning.training.optimise import prepare

_SHORT = 3 * SAMPLE_RATE
"""The shorter of the two lengths that the paper's tables 2 and 3 compare."""
_PENALTIES = np.logspace(-1, 4, 11)


def predict(
    *,
    index: Path,
    clips: Path,
    faces: Path,
    voices: Path,
    reconstructions: Path,
    encoder: tuple[Path, Path],
    truth: Sequence[Path],
    seed: int,
    threads: int,
    output: Path,
) -> None:
    """Collect every way's answer to every test clip.

    Ways: `f2f` and `s2f_pictures`, the pictures embedded again; `world.ceiling`, from the true voice parameters;
    `s2f`, the embedding that the voice gives, and `s2f_3s`, from its first 3 s; floors that know less: a ridge
    regression from `voices.acoustics`, the face of the training voice that is nearest by them, and the mean face of the
    training speakers of the same sex, or of all.

    Args:
        index: index of the splits.
        clips, faces, voices: folder of that phase's shards.
        reconstructions: table of the reconstructed faces.
        encoder: weights and config of the voice encoder.
        truth: the talkers' tables of the truth; other sources have none, and no ceiling.
        seed: of all chance.
        threads: number of CPU threads.
        output: table of predictions to write.
    """
    prepare(seed, threads)
    train, test = read_index(index, TRAIN), read_index(index, TEST)
    learned = gather_arrays(train, faces, "embedding")
    made = read_shard(reconstructions).to_pandas()
    true_faces = np.stack(made["face_embedding"].to_list())
    methods = [Prediction.of_column("f2f", made["f2f_embedding"], learned.shape[1])]
    if truth:
        known = pd.concat([read_shard(path).to_pandas() for path in truth], ignore_index=True)
        methods.append(Prediction.complete("world.ceiling", predict_from_truth(known, train, learned, test)))
    sound = mapped_arrays(test, clips, "audio")
    short = [wave[:_SHORT] for wave in sound]
    methods += [
        Prediction.complete("s2f", np.stack(made["voice_embedding"].to_list())),
        Prediction.complete("s2f_3s", embed_voices(load_voice_encoder(*encoder), short)),
        Prediction.of_column("s2f_pictures", made["s2f_embedding"], learned.shape[1]),
    ]
    methods += baselines(acoustics(train, voices), learned, train, acoustics(test, voices), test)
    write_predictions(output, test, true_faces, methods)


def acoustics(rows: pd.DataFrame, voices: Path) -> Float[np.ndarray, "clips features"]:
    """The simple acoustic measures of each clip; NaN where one could not be taken."""
    return np.stack([np.array(mapped_values(rows, voices, name), float) for name in FEATURES], axis=1)


def baselines(
    heard: Float[np.ndarray, "train features"],
    faces: Float[np.ndarray, "train d"],
    train: pd.DataFrame,
    asked: Float[np.ndarray, "test features"],
    test: pd.DataFrame,
) -> list[Prediction]:
    """What can be said without a network.

    Args:
        heard, asked: acoustic measures of the training and of the test clips; NaN counts as the training median.
        faces: true face embeddings of the training clips.
        train, test: rows of the index, for the sex.
    """
    middle = np.nanmedian(heard, axis=0)
    heard, asked = (np.where(np.isnan(x), middle, x) for x in (heard, asked))
    scale = StandardScaler().fit(heard)
    ridge = make_pipeline(StandardScaler(), RidgeCV(_PENALTIES)).fit(heard, faces)
    apart = np.linalg.norm(scale.transform(asked)[:, None] - scale.transform(heard)[None], axis=2)
    found = [
        Prediction.complete("acoustic_ridge", ridge.predict(asked)),
        Prediction.complete("nearest_voice", faces[apart.argmin(axis=1)]),
    ]
    mean = faces.mean(axis=0)
    if train["sex"].notna().any():
        of_sex = {sex: faces[(train["sex"] == sex).to_numpy()].mean(axis=0) for sex in train["sex"].dropna().unique()}
        found.append(Prediction.complete("mean_face_of_sex", np.stack([of_sex.get(sex, mean) for sex in test["sex"]])))
    return [*found, Prediction.complete("mean_face", np.tile(mean, (len(test), 1)))]
