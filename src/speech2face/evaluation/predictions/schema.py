"""The table of predictions: for each test clip the true face embedding and that of every method."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Bool, Float, Int

from speech2face.base.shards import array_field, read_shard, write_shard
from speech2face.data.sources.manifest import ABOUT, ABOUT_FIELDS

TRUE_FACE = "face_embedding"
PICTURES: Mapping[str, str] = {"f2f": "f2f", "s2f": "s2f_pictures", "draws": "draws"}
"""The method of each kind of picture."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One method's predictions for the test clips.

    Attributes:
        embeddings: zeros where there is no prediction, because no face was found in a picture.
        found: whether there is a prediction.
    """

    name: str
    embeddings: Float[np.ndarray, "clips d"]
    found: Bool[np.ndarray, "clips"]

    @classmethod
    def complete(cls, name: str, embeddings: Float[np.ndarray, "clips d"]) -> "Prediction":
        """A method with a prediction for every clip."""
        return cls(name=name, embeddings=embeddings, found=np.ones(len(embeddings), bool))

    @classmethod
    def of_column(cls, name: str, values: pd.Series, dimension: int) -> "Prediction":
        """A method from a column of arrays, with null where there is no prediction."""
        found = values.notna().to_numpy()
        blank = np.zeros(dimension, np.float32)
        rows = [value if ok else blank for value, ok in zip(values, found, strict=True)]
        return cls(name=name, embeddings=np.stack(rows), found=found)


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """The test clips and the predictions of all methods.

    Attributes:
        clips: `clip_id`, `speaker_id` and what `sources.manifest.ABOUT` names, None where the source gives none.
        faces: the true face embeddings.
        speakers: index of each clip's speaker, in the order of the speakers' names.
        methods: the predictions by method, in the order in which they are shown.
    """

    clips: pd.DataFrame
    faces: Float[np.ndarray, "clips d"]
    speakers: Int[np.ndarray, "clips"]
    methods: Mapping[str, Prediction]

    @property
    def true_faces(self) -> Prediction:
        """The true faces as a method: the upper bound of what a probe can read."""
        return Prediction.complete("faces", self.faces)


def write_predictions(path: Path, clips: pd.DataFrame, faces: np.ndarray, methods: list[Prediction]) -> None:
    """Write the table; `clips` has `clip_id`, `speaker_id` and, where it is known, what `ABOUT` names."""
    dimension = faces.shape[1]
    schema = pa.schema(
        [
            pa.field("clip_id", pa.string(), nullable=False),
            pa.field("speaker_id", pa.string(), nullable=False),
            *ABOUT_FIELDS,
            array_field(TRUE_FACE, dimension, pa.float32()),
            *(array_field(method.name, dimension, pa.float32()) for method in methods),
        ]
    )
    known = clips.reindex(columns=["clip_id", "speaker_id", *ABOUT]).astype(object)
    rows = known.where(known.notna(), None).to_dict("records")
    write_shard(
        path,
        schema,
        (
            {str(key): value for key, value in row.items()}
            | {TRUE_FACE: faces[position]}
            | {method.name: method.embeddings[position] if method.found[position] else None for method in methods}
            for position, row in enumerate(rows)
        ),
    )


def read_predictions(path: Path) -> Predictions:
    """Read the table that `write_predictions` wrote."""
    table = read_shard(path).to_pandas()
    clips = table[["clip_id", "speaker_id", *ABOUT]].astype(object)
    clips = clips.where(clips.notna(), None)
    faces = np.stack(table[TRUE_FACE].to_list())
    methods = [name for name in table.columns if name not in (*clips.columns, TRUE_FACE)]
    return Predictions(
        clips=clips,
        faces=faces,
        speakers=pd.factorize(table["speaker_id"], sort=True)[0],
        methods={name: Prediction.of_column(name, table[name], faces.shape[1]) for name in methods},
    )
