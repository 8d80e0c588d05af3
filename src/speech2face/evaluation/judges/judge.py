"""The judges phase: what a face recogniser that trains nothing sees in true faces, F2F and S2F pictures.

A decoder whose loss looks through a face encoder can draw what only that encoder sees, and voices are mapped to its
embeddings. So another recogniser, of other authors and other training pictures, looks at the same pictures.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from jaxtyping import Float, UInt8

from speech2face.base.columns import gather_arrays, mapped_values
from speech2face.base.images import decode_image
from speech2face.base.progress import progress
from speech2face.base.random import stream
from speech2face.base.shards import read_shard
from speech2face.config import Judges
from speech2face.data.faces.alignment import crop_landmarks
from speech2face.data.faces.landmarks import LANDMARKS
from speech2face.data.sources import samples
from speech2face.data.splits.share import TEST, TRAIN, read_index
from speech2face.evaluation.judges.fetch import JUDGES, missing
from speech2face.evaluation.predictions.gather import MEAN, gather_predictions
from speech2face.evaluation.predictions.schema import PICTURES, Prediction, write_predictions
from speech2face.learning.training.optimise import prepare


class Recogniser(Protocol):
    """A network that embeds pictures of faces.

    Attributes:
        dimension: length of an embedding.
    """

    dimension: int

    def cut(
        self, picture: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "68 2"]
    ) -> UInt8[np.ndarray, "side side 3"]:
        """The chip of the face with these landmarks (pixels)."""
        ...

    def embed(self, chips: UInt8[np.ndarray, "faces side side 3"]) -> Float[np.ndarray, "faces d"]:
        """Embed chips."""
        ...


def load_judge(judge: str, threads: int) -> Recogniser:
    """A judge with its weights.

    Raises:
        FileNotFoundError: its weights were not fetched.
        ValueError: they are not those of the release.
    """
    weights = [file.read() for file in JUDGES[judge].files]
    if judge == "second":
        from speech2face.evaluation.judges.faceres import FaceRes

        return FaceRes(*weights)
    # Imports packages of the extra `judges`.
    from speech2face.evaluation.judges.sface import SFace

    return SFace(weights[0], threads)


def judge_pictures(
    *,
    judge: Literal["second", "third"],
    indices: Sequence[Path],
    faces: Path,
    reconstructions: Sequence[Path],
    settings: Judges,
    seed: int,
    output: Path,
    published: Path | None = None,
) -> None:
    """Embed the pictures of the test split by a judge: a table of predictions in its own space.

    Methods are those of `predictions.schema.PICTURES`, and `mean_face`, the mean over faces of training speakers, one
    clip each; and `authors_...`, the pictures that others published for the same clips. Pictures in which no face was
    found have none. A judge that is not at hand gives an empty table and a
    line that says why.

    Args:
        judge: key of `JUDGES`.
        indices: index of the splits of each fold; one where there are no folds.
        faces: folder of the faces phase's shards.
        reconstructions: table of reconstructions of each fold.
        settings: config section `judges`.
        seed: of the choice of training faces.
        output: table of predictions to write.
        published: folder of the published pictures' shards, for the samples.
    """
    if reason := missing(judge):
        print(f"judge-pictures: no measures by the {judge} recogniser: {reason}.", file=sys.stderr)
        write_predictions(output, pd.DataFrame(columns=["clip_id", "speaker_id"]), np.zeros((0, 1)), [])
        return
    prepare(seed, settings.threads)
    recogniser = load_judge(judge, settings.threads)
    known = dict[str, np.ndarray]()
    with TemporaryDirectory() as folder:
        tables = [Path(folder) / f"{fold}.arrow" for fold in range(len(indices))]
        for index, made, table in zip(indices, reconstructions, tables, strict=True):
            train = _training_faces(read_index(index, TRAIN), settings.training_faces, seed)
            shown = read_shard(made).to_pandas()
            pictures = {method: _faces_of(shown, kind) for kind, method in PICTURES.items()}
            if published is not None:
                pictures |= _published(read_index(index, TEST), published)
            _judge_fold(recogniser, train, faces, shown, pictures, known, settings.batch, table)
        gather_predictions(tables=tables, output=output)


def _judge_fold(
    recogniser: Recogniser,
    train: pd.DataFrame,
    faces: Path,
    made: pd.DataFrame,
    pictures: Mapping[str, dict[str, tuple[bytes, np.ndarray]]],
    known: dict[str, np.ndarray],
    batch: int,
    output: Path,
) -> None:
    """Write the table of one fold.

    Args:
        train: rows of the index; the mean face is taken over them.
        made: the reconstructions.
        pictures: of each method by clip, as from `_faces_of`.
        known: embeddings of true faces by clip; those of this fold are added.
    """
    crops, in_frames = mapped_values(train, faces, "crop"), gather_arrays(train, faces, "landmarks")
    training = {
        clip: (crops[row], crop_landmarks(in_frames[row].reshape(LANDMARKS, 2).astype(float)))
        for row, clip in enumerate(train["clip_id"])
    }
    true_faces = training | _faces_of(made, "original")
    known |= _embed(recogniser, {clip: face for clip, face in true_faces.items() if clip not in known}, batch)
    predictions = []
    for method, shown in pictures.items():
        seen = _embed(recogniser, shown, batch)
        column = pd.Series([seen.get(clip) for clip in made["clip_id"]], dtype=object)
        predictions.append(Prediction.of_column(method, column, recogniser.dimension))
    mean = np.mean([known[clip] for clip in training], axis=0)
    predictions.append(Prediction.complete(MEAN, np.tile(mean, (len(made), 1))))
    write_predictions(output, made, np.stack([known[clip] for clip in made["clip_id"]]), predictions)


def _faces_of(made: pd.DataFrame, kind: str) -> dict[str, tuple[bytes, np.ndarray]]:
    """The pictures of a kind in which a face was found, with its landmarks as fractions of the sides, by clip."""
    rows = made[["clip_id", kind, f"{kind}_landmarks"]].itertuples(index=False)
    return {clip: (picture, landmarks) for clip, picture, landmarks in rows if landmarks is not None}


def _published(test: pd.DataFrame, folder: Path) -> dict[str, dict[str, tuple[bytes, np.ndarray]]]:
    """The published pictures in which a face was found, of each method, as from `_faces_of`."""
    pictures = dict[str, dict[str, tuple[bytes, np.ndarray]]]()
    for method in samples.PICTURES:
        columns = (mapped_values(test, folder, name) for name in (method, f"{method}_landmarks"))
        rows = zip(test["clip_id"], *columns, strict=True)
        pictures[method] = {clip: (picture, points) for clip, picture, points in rows if points is not None}
    return pictures


def _training_faces(train: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    """One clip each of at most so many training speakers."""
    firsts = train.drop_duplicates("speaker_id").reset_index(drop=True)
    drawn = stream(seed, "judges").permutation(len(firsts))[:most]
    return firsts.loc[np.sort(drawn)].reset_index(drop=True)


def _embed(
    recogniser: Recogniser, faces: Mapping[str, tuple[bytes, np.ndarray]], batch: int
) -> dict[str, Float[np.ndarray, " d"]]:
    """The embedding of each picture; see `_faces_of`."""
    names, embeddings = list(faces), dict[str, np.ndarray]()
    for at in progress(range(0, len(names), batch), what="judging pictures", unit="batch"):
        chips = []
        for name in names[at : at + batch]:
            data, landmarks = faces[name]
            picture = decode_image(data)
            points = np.asarray(landmarks, float).reshape(LANDMARKS, 2) * picture.shape[1::-1] - 0.5
            chips.append(recogniser.cut(picture, points))
        embeddings |= zip(names[at : at + batch], recogniser.embed(np.stack(chips)), strict=True)
    return embeddings
